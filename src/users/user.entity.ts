import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/**
 * A person with an account. `usernameKey` and `emailKey` are the forms that are compared (see
 * `identifiers.ts`); an email address is a claim until `emailVerifiedAt` is set, and unique from then on.
 */
@Entity('users')
@Unique('users_username_key', ['usernameKey'])
@Index('users_email_idx', ['emailKey', 'id'])
@Index('users_created_idx', ['createdAt', 'id'])
@Index('users_inactive_idx', ['usernameKey'], { where: 'NOT "is_active"' })
@Index('users_superusers_idx', ['usernameKey'], { where: '"is_superuser"' })
// On a function (see users.sql.ts).
@Index('users_password_kind_idx', { synchronize: false })
export class User {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id!: string;

  @Column('varchar', { length: 150 })
  username!: string;

  @Column('text')
  usernameKey!: string;

  @Column('varchar', { length: 254 })
  email!: string;

  @Index('users_verified_email_key', { unique: true, where: '"email_verified_at" IS NOT NULL' })
  @Column('text')
  emailKey!: string;

  @Column('timestamptz', { nullable: true })
  emailVerifiedAt!: Date | null;

  @Column('varchar', { length: 150, default: '' })
  firstName!: string;

  @Column('varchar', { length: 150, default: '' })
  lastName!: string;

  /** `bcrypt_sha256$…`, or `!` and random characters: unusable. */
  @Column('varchar', { length: 255 })
  passwordHash!: string;

  /** Set when the same password was hashed anew; a trigger ends sessions on every other change of the hash. */
  @Column('timestamptz', { nullable: true })
  passwordRehashedAt!: Date | null;

  @Column('boolean', { default: true })
  isActive!: boolean;

  @Column('boolean', { default: false })
  isSuperuser!: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  lastLoginAt!: Date | null;

  /** When an administrator last invited the owner to choose the first password at the current address. */
  @Column('timestamptz', { nullable: true })
  invitedAt!: Date | null;

  /** When the owner recovered the account last. A browser that was known before is unknown since. */
  @Column('timestamptz', { nullable: true })
  recoveredAt!: Date | null;
}
