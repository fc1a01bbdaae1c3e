import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { User } from '../users/user.entity.js';

/** What somebody is sent to a provider for. */
export type FederationPurpose = 'sign_in' | 'link' | 'reauthenticate';

/** A sign-in with a provider that has begun. It ends once: with the answer, or when it expires. */
@Entity('federation_attempts')
export class FederationAttempt {
  /** SHA-256 of `state`, as base64url. */
  @PrimaryColumn('varchar', { length: 43, primaryKeyConstraintName: 'federation_attempts_pkey' })
  stateHash!: string;

  /** SHA-256 of the secret that only who began it holds: the browser in a cookie, a program as `handle`. */
  @Column('varchar', { length: 43 })
  handleHash!: string;

  @Column('varchar', { length: 30 })
  provider!: string;

  /** As it was when it began: an answer of another one is none to this. */
  @Column('varchar', { length: 500 })
  issuer!: string;

  @Column('varchar', { length: 20 })
  purpose!: FederationPurpose;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'federation_attempts_user_id_fkey' })
  user!: Relation<User> | null;

  /** Who was signed in and wanted it; null when nobody was. */
  @Index('federation_attempts_user_idx')
  @Column('uuid', { nullable: true })
  userId!: string | null;

  /** In which session. */
  @Column('uuid', { nullable: true })
  sessionId!: string | null;

  /** The nonce and the PKCE verifier, sealed with AES-256-GCM, the hash of `state` authenticated. */
  @Column('text')
  sealedSecrets!: string;

  @Column('varchar', { length: 500 })
  redirectUri!: string;

  /** The page to go to afterwards. */
  @Column('varchar', { length: 2000, nullable: true })
  next!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Index('federation_attempts_expiry_idx')
  @Column('timestamptz')
  expiresAt!: Date;
}
