import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Changes } from './audit-event.entity.js';

/**
 * What an event tells about a person: old and new names and addresses. Kept apart so that it can be
 * erased with the account, which a trigger does, while the event itself stays.
 */
@Entity('audit_personal_changes')
export class AuditPersonalChange {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'audit_personal_changes_pkey' })
  eventId!: string;

  @Index('audit_personal_changes_user_idx')
  @Column('uuid')
  userId!: string;

  @Column('jsonb')
  changes!: Changes;
}
