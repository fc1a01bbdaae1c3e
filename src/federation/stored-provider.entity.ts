import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A provider that an administrator added at run time. Its secret is encrypted under `APP_SECRET`. */
@Entity('identity_providers')
@Unique('identity_providers_name_key', ['name'])
export class StoredProvider {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'identity_providers_pkey' })
  id!: string;

  @Column('varchar', { length: 30 })
  name!: string;

  @Column('varchar', { length: 100 })
  label!: string;

  @Column('varchar', { length: 500 })
  issuer!: string;

  @Column('varchar', { length: 255 })
  clientId!: string;

  /** Sealed with AES-256-GCM, together with what it is for (see `ProviderSecrets`). */
  @Column('text')
  sealedClientSecret!: string;

  /** The origin of the token endpoint when the secret was given: it goes nowhere else. Null: of before that was kept. */
  @Column('varchar', { length: 500, nullable: true })
  tokenOrigin!: string | null;

  @Column('varchar', { length: 500 })
  scopes!: string;

  @Column('boolean', { default: false })
  trustsEmail!: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
