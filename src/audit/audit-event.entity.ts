import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { Actor } from '../http/current-actor.decorator.js';
import type { AuditAction } from './audit-actions.js';

/** Values before and after, by field. What was not there before, or is not there any more, is null. */
export type Changes = Record<string, { old: unknown; new: unknown }>;

/**
 * Something that happened. Rows are added and never changed, which a trigger holds. No foreign key
 * points from here: the trail outlives whom it tells of, who is then only an id.
 */
@Entity('audit_events')
@Index('audit_events_actor_idx', ['actorId', 'id'])
@Index('audit_events_subject_idx', ['subjectId', 'id'])
@Index('audit_events_action_idx', ['action', 'id'])
@Index('audit_events_time_idx', ['occurredAt', 'action'])
export class AuditEvent {
  /** Grows with time. A bigint, as text. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'audit_events_pkey',
  })
  id!: string;

  @Column('timestamptz')
  occurredAt!: Date;

  @Column('varchar', { length: 60 })
  action!: AuditAction;

  @Column('varchar', { length: 10 })
  origin!: Actor['origin'];

  /** Null: nobody was signed in. */
  @Column('uuid', { nullable: true })
  actorId!: string | null;

  @Column('varchar', { length: 40 })
  subjectType!: string;

  @Column('varchar', { length: 100 })
  subjectId!: string;

  @Column('uuid', { nullable: true })
  sessionId!: string | null;

  @Column('inet', { nullable: true })
  ip!: string | null;

  @Column('varchar', { length: 512, nullable: true })
  userAgent!: string | null;

  /** The request in which it was done, as in the log and in `X-Request-Id`. */
  @Column('uuid', { nullable: true })
  requestId!: string | null;

  /** What a failure ran into. */
  @Column('varchar', { length: 60, nullable: true })
  reason!: string | null;

  @Column('jsonb', { default: {} })
  changes!: Changes;
}
