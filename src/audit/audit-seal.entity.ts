import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/**
 * A link of the chain over the audit trail: it holds the event, and through the hash before it all
 * events before. Kept apart because events are never changed, and because they are sealed in the order
 * in which they were committed.
 */
@Entity('audit_seals')
@Unique('audit_seals_event_key', ['eventId'])
export class AuditSeal {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'audit_seals_pkey',
  })
  position!: string;

  @Column('bigint')
  eventId!: string;

  /** Which key it was made with: another `APP_SECRET` makes another one. */
  @Column('varchar', { length: 16 })
  keyId!: string;

  /** Of the personal values, which may be erased while the event stays. */
  @Column('varchar', { length: 43, nullable: true })
  personalMac!: string | null;

  @Column('varchar', { length: 43 })
  hash!: string;
}
