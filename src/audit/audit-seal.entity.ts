import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { SealForm } from './seal-forms.js';

/**
 * A link of the chain over the audit trail: it holds the event, and through the hash before it all
 * events before. Kept apart because events are never changed, and because they are sealed in the order
 * in which they were committed.
 */
@Entity('audit_seals')
@Unique('audit_seals_event_key', ['eventId'])
export class AuditSeal {
  /** Counts from 1 without gaps, and is never given twice. The chain counts it, no sequence. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'audit_seals_pkey' })
  position!: string;

  @Column('bigint')
  eventId!: string;

  @Column('smallint')
  form!: SealForm;

  /** Which key it was made with: another `APP_SECRET` makes another one. */
  @Column('varchar', { length: 16 })
  keyId!: string;

  /** Of the personal values, which may be erased while the event stays. */
  @Column('varchar', { length: 43, nullable: true })
  personalMac!: string | null;

  @Column('varchar', { length: 43 })
  hash!: string;
}
