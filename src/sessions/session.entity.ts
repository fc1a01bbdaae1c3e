import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { User } from '../users/user.entity.js';

/** Why a session ended. */
export type SessionEnd =
  | 'logout'
  | 'replaced'
  | 'refresh_token_reused'
  | 'password_changed'
  | 'recovered'
  | 'deactivated'
  | 'too_many_sessions'
  | 'ended_by_owner'
  | 'ended_by_administrator'
  | 'ended_by_operator';

/** One sign-in on one device, through whichever door. Alive while not ended and before both expiries. */
@Entity('sessions')
@Index('sessions_user_idx', ['userId', 'endedAt'])
export class Session {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sessions_user_id_fkey' })
  user!: Relation<User>;

  @Column('uuid')
  userId!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  lastSeenAt!: Date;

  @Column('timestamptz')
  authenticatedAt!: Date;

  /** Methods of authentication (RFC 8176). */
  @Column('text', { array: true })
  amr!: string[];

  @Column('inet')
  ip!: string;

  @Column('varchar', { length: 512 })
  userAgent!: string;

  @Column('timestamptz')
  idleExpiresAt!: Date;

  @Index('sessions_absolute_expiry_idx')
  @Column('timestamptz')
  absoluteExpiresAt!: Date;

  /** How often the refresh token was exchanged; the valid one carries this number. */
  @Column('integer', { default: 0 })
  refreshCounter!: number;

  @Column('timestamptz', { nullable: true })
  refreshedAt!: Date | null;

  @Index('sessions_ended_idx', { where: '"ended_at" IS NOT NULL' })
  @Column('timestamptz', { nullable: true })
  endedAt!: Date | null;

  @Column('varchar', { length: 40, nullable: true })
  endReason!: SessionEnd | null;
}
