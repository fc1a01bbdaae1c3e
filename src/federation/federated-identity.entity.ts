import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { User } from '../users/user.entity.js';

/**
 * Who a provider says that somebody is, and whose account that opens. Issuer and subject are the whole key:
 * names and addresses at a provider change hands (OpenID Connect Core 1.0 section 5.7, ASVS 6.8.1).
 */
@Entity('federated_identities')
@Unique('federated_identities_subject_key', ['issuer', 'subject'])
export class FederatedIdentity {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'federated_identities_pkey' })
  id!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'federated_identities_user_id_fkey' })
  user!: Relation<User>;

  @Index('federated_identities_user_idx')
  @Column('uuid')
  userId!: string;

  @Column('varchar', { length: 500 })
  issuer!: string;

  /** Compared letter for letter. */
  @Column('varchar', { length: 255 })
  subject!: string;

  /** What its owner recognises it by: an address or a name at the provider. Nothing depends on it. */
  @Column('varchar', { length: 254 })
  knownAs!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  lastUsedAt!: Date;
}
