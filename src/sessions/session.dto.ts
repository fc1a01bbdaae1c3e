import { ApiProperty } from '@nestjs/swagger';
import { describeDevice } from './device.js';
import type { Session } from './session.entity.js';

/** Somewhere that an account is signed in. */
export class SessionDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** When it began. */
  createdAt!: Date;
  /** The latest refresh, or the sign-in. */
  lastSeenAt!: Date;
  /** When it ends unless it is refreshed. */
  expiresAt!: Date;
  /**
   * How the user signed in (RFC 8176).
   * @example ["pwd"]
   */
  amr!: string[];
  /**
   * Browser and system, as far as they tell.
   * @example "Firefox on Linux"
   */
  device!: string;
  /** @example 203.0.113.7 */
  ip!: string;
  userAgent!: string;

  static of(session: Session): SessionDto {
    const { id, createdAt, lastSeenAt, idleExpiresAt, absoluteExpiresAt, amr, ip, userAgent } =
      session;
    const expiresAt = idleExpiresAt < absoluteExpiresAt ? idleExpiresAt : absoluteExpiresAt;
    const device = describeDevice(userAgent);
    return { id, createdAt, lastSeenAt, expiresAt, amr, device, ip, userAgent };
  }
}
