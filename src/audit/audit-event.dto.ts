import { ApiProperty } from '@nestjs/swagger';
import type { Actor } from '../http/current-actor.decorator.js';
import { AUDIT_ACTIONS } from './audit-actions.js';
import type { Changes } from './audit-event.entity.js';

/** Who did it. */
export class AuditActorDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** As it is today; null when the account is gone, and where accounts have no usernames. */
  username!: string | null;
}

/** What it was done to. */
export class AuditSubjectDto {
  /** @example user */
  type!: string;
  id!: string;
  /** The username (the address where accounts have none) or the name of the role as it is today; null when it is gone. */
  name!: string | null;
}

/** Something that happened. */
export class AuditEventDto {
  /** Grows with time. */
  id!: string;
  occurredAt!: Date;
  /**
   * What happened. A host's own actions appear here as well.
   * @example user.roles_changed
   */
  @ApiProperty({
    type: String,
    example: 'user.deleted',
    description: `One of ${Object.keys(AUDIT_ACTIONS).join(', ')}, or one of the application's own.`,
  })
  action!: string;
  /** Through which door. */
  @ApiProperty({ enum: ['api', 'page', 'cli', 'system'] })
  origin!: Actor['origin'];
  /** Null: nobody was signed in. */
  actor!: AuditActorDto | null;
  subject!: AuditSubjectDto;
  /** The session in which it was done. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  sessionId!: string | null;
  /** @example 203.0.113.7 */
  ip!: string | null;
  userAgent!: string | null;
  /** The request in which it was done, as in the log and in the header X-Request-Id. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  requestId!: string | null;
  /**
   * What a failure ran into.
   * @example wrong_password
   */
  reason!: string | null;
  /** Values before and after, by field. Personal ones are gone when the account is. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object', properties: { old: {}, new: {} } },
    example: { roles: { old: [], new: ['editor'] } },
  })
  changes!: Changes;
}
