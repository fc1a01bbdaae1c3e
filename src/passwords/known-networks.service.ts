import { Injectable } from '@nestjs/common';
import ms from 'ms';
import { DataSource, type EntityManager, LessThanOrEqual, MoreThan } from 'typeorm';
import { networkOf } from '../common/client-ip.js';
import { deriveKey, mac } from '../common/crypto.js';
import { AppConfig } from '../config/app-config.js';
import { Statement } from '../database/statement.js';
import { KnownNetwork } from './known-network.entity.js';

/** Addresses are given to others after a while. */
const KNOWN_FOR = ms('30d');

/**
 * SQL that notes from which network an account was signed in to.
 * @param user SQL whose row holds the `id` of the user: a part of the statement, or a subquery
 */
export function noteNetwork(user: string, network: string, now: string): string {
  return `
    INSERT INTO known_networks (user_id, network, last_seen_at) SELECT id, ${network}, ${now} FROM ${user}
    ON CONFLICT (user_id, network) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at`;
}

const NOTE = new Statement<object>(
  'known_networks_note',
  noteNetwork('(SELECT $1::uuid AS id) AS owner', '$2', '$3'),
);

/**
 * SQL: whether an account was signed in to from a network in the last 30 days. Two parameters from `$first` on.
 * @param userId SQL, never null: nobody's networks take as long to look for as somebody's
 */
export function isKnownNetwork(userId: string, first: number): string {
  return `EXISTS (SELECT FROM known_networks
     WHERE user_id = ${userId} AND network = $${first} AND last_seen_at > $${first + 1})`;
}

/** From which networks accounts were signed in to lately. The one writer of its table. */
@Injectable()
export class KnownNetworksService {
  private readonly key: Buffer;

  constructor(
    private readonly dataSource: DataSource,
    { appSecret }: AppConfig,
  ) {
    this.key = deriveKey(appSecret, 'known-networks');
  }

  /** Notes that the owner of an account was there: by a sign-in, or by a link from their mailbox. */
  async note(tx: EntityManager, userId: string, ip: string, now: Date): Promise<void> {
    await NOTE.run(tx, [userId, this.nameOf(ip), now]);
  }

  /** The values of `isKnownNetwork` for an address. */
  valuesOf(ip: string, now: Date): [string, Date] {
    return [this.nameOf(ip), new Date(now.getTime() - KNOWN_FOR)];
  }

  /** Whether an account knows a network, by what `nameOf` made of it. */
  async isKnown(tx: EntityManager, userId: string, network: string, now: Date): Promise<boolean> {
    const lastSeenAt = MoreThan(new Date(now.getTime() - KNOWN_FOR));
    return tx.existsBy(KnownNetwork, { userId, network, lastSeenAt });
  }

  /** Deletes what is no longer known; returns how much. */
  async purge(now: Date): Promise<number> {
    const { affected } = await this.dataSource.manager.delete(KnownNetwork, {
      lastSeenAt: LessThanOrEqual(new Date(now.getTime() - KNOWN_FOR)),
    });
    return affected ?? 0;
  }

  /** What stands for the network of an address here. */
  nameOf(ip: string): string {
    return mac(this.key, networkOf(ip));
  }
}
