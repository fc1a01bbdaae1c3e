import {
  Column,
  Entity,
  Generated,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { User } from '../users/user.entity.js';

/** What a token is good for. */
export type TokenPurpose =
  'prove_email' | 'undo_email_change' | 'reset_password' | 'accept_invitation';

/** The purposes of links that choose a password: another one, or the first. */
export const PASSWORD_PURPOSES = [
  'reset_password',
  'accept_invitation',
] as const satisfies readonly TokenPurpose[];

/** A secret that was mailed to somebody and works once. Only its hash is here, and what it is derived from. */
@Entity('one_time_tokens')
@Index('one_time_tokens_user_idx', ['userId', 'purpose'])
export class OneTimeToken {
  /** SHA-256 of the token, as base64url. */
  @PrimaryColumn('varchar', { length: 43, primaryKeyConstraintName: 'one_time_tokens_pkey' })
  hash!: string;

  /** Random. With a key that is not here, it leads to the token, so that the same link can be sent again. */
  @Generated('uuid')
  @Column('uuid')
  seed!: string;

  @Column('varchar', { length: 30 })
  purpose!: TokenPurpose;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'one_time_tokens_user_id_fkey' })
  user!: Relation<User>;

  @Column('uuid')
  userId!: string;

  /** What it proves: an email address. */
  @Column('varchar', { length: 254 })
  value!: string;

  /** `value` in the form that is compared. */
  @Index('one_time_tokens_value_idx')
  @Column('text')
  valueKey!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Index('one_time_tokens_expiry_idx')
  @Column('timestamptz')
  expiresAt!: Date;
}
