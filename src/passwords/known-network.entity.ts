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

/** That an account was signed in to from such a network before. At most 100 of an account are kept, for 90 days. */
@Entity('known_networks')
export class KnownNetwork {
  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'known_networks_user_id_fkey' })
  user!: Relation<User>;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'known_networks_pkey' })
  userId!: string;

  /** A MAC: it is only ever compared. */
  @PrimaryColumn('varchar', { length: 43, primaryKeyConstraintName: 'known_networks_pkey' })
  network!: string;

  @Index('known_networks_seen_idx')
  @Column('timestamptz')
  lastSeenAt!: Date;
}
