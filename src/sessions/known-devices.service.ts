import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../database/statement.js';
import { KnownDevice } from './known-device.entity.js';

const NOTE = new Statement<{ isNew: boolean; hasOthers: boolean }>(
  'known_devices_note',
  `INSERT INTO known_devices (user_id, device, first_seen_at, last_seen_at)
   VALUES ($1, $2, $3, $3)
   ON CONFLICT (user_id, device) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at
   RETURNING xmax = 0 AS "isNew",
             EXISTS (SELECT FROM known_devices o WHERE o.user_id = $1 AND o.device <> $2)
               AS "hasOthers"`,
);

/** From what kinds of device accounts were signed in to. The one writer of its table. */
@Injectable()
export class KnownDevicesService {
  /**
   * Notes a sign-in. True when the account was never signed in to from such a device, but from others:
   * then its owner should hear of it.
   */
  async note(tx: EntityManager, userId: string, device: string, now: Date): Promise<boolean> {
    const [row] = await NOTE.run(tx, [userId, device, now]);
    return row!.isNew && row!.hasOthers;
  }

  /** Ends that any device is known to an account. */
  async forgetAll(tx: EntityManager, userId: string): Promise<void> {
    await tx.delete(KnownDevice, { userId });
  }
}

/** SQL, as an expression: whether an account was signed in to from such a device. */
export function isKnownDevice(userId: string, device: string): string {
  return `EXISTS (SELECT FROM known_devices WHERE user_id = ${userId} AND device = ${device})`;
}

/**
 * SQL that notes a sign-in from a device that is known.
 * @param user the part of the statement whose row holds the `id` of the user
 */
export function noteKnownDevice(user: string, device: string, now: string): string {
  return `
    UPDATE known_devices AS d SET last_seen_at = ${now} FROM ${user} AS u
    WHERE d.user_id = u.id AND d.device = ${device}`;
}
