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

/** How many wrong passwords of an account came in a row: one row for all strangers, one for each known device. */
@Entity('password_failures')
export class PasswordFailure {
  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'password_failures_user_id_fkey' })
  user!: Relation<User>;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'password_failures_pkey' })
  userId!: string;

  /** `strangers`, or a MAC of the device: it is only ever compared. */
  @PrimaryColumn('varchar', { length: 43, primaryKeyConstraintName: 'password_failures_pkey' })
  device!: string;

  @Column('integer')
  failures!: number;

  @Index('password_failures_last_idx')
  @Column('timestamptz')
  lastFailedAt!: Date;
}
