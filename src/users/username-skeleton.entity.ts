import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { User } from './user.entity.js';

/**
 * What a username looks like (see `skeletonOf`), with the account that has it: of two names that look the same,
 * one has a row. A name of before this rule may have none, and an account may have a row of its former username as well. Not a column of users, whose rows are written at every
 * sign-in.
 */
@Entity('username_skeletons')
@Index('username_skeletons_user_idx', ['userId'])
export class UsernameSkeleton {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'username_skeletons_pkey' })
  skeleton!: string;

  @Column('uuid')
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'username_skeletons_user_id_fkey' })
  user?: User;
}
