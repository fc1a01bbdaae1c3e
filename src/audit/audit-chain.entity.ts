import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The head of the audit chain, in its only row: what the application wrote down after it last sealed. The
 * signature covers the text, so nothing in it is believed before it is verified.
 */
@Entity('audit_chain')
@Check('audit_chain_single', '"id" = 1')
export class AuditChain {
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'audit_chain_pkey' })
  id!: number;

  /** The key of the signature. */
  @Column('varchar', { length: 16 })
  keyId!: string;

  /** A `ChainState` as JSON. */
  @Column('text')
  state!: string;

  @Column('varchar', { length: 43 })
  signature!: string;
}
