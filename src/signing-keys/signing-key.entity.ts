import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import type { PublicJwk } from './key-pair.js';

/** A key is published before it signs (next), signs (active), and is then only trusted until its tokens have expired (retired). */
export type SigningKeyState = 'next' | 'active' | 'retired';

/** A key pair that signs access tokens. The private key is encrypted under `APP_SECRET`. */
@Entity('signing_keys')
@Index('signing_keys_one_active_key', ['state'], { unique: true, where: `"state" = 'active'` })
@Index('signing_keys_one_next_key', ['state'], { unique: true, where: `"state" = 'next'` })
export class SigningKey {
  /** The `kid`: the key's thumbprint (RFC 7638). */
  @PrimaryColumn('varchar', { length: 43, primaryKeyConstraintName: 'signing_keys_pkey' })
  id!: string;

  @Column('varchar', { length: 10 })
  state!: SigningKeyState;

  @Column('jsonb')
  publicJwk!: PublicJwk;

  /** PKCS #8, sealed with AES-256-GCM, the `kid` authenticated. */
  @Column('text')
  sealedPrivateKey!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  activatedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  retiredAt!: Date | null;
}
