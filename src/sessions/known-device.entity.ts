import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../users/user.entity.js';

/** That an account was signed in to from such a device before. */
@Entity('known_devices')
export class KnownDevice {
  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'known_devices_user_id_fkey' })
  user!: Relation<User>;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'known_devices_pkey' })
  userId!: string;

  /** Browser and system, as `kindOfDevice` names them. */
  @PrimaryColumn('varchar', { length: 100, primaryKeyConstraintName: 'known_devices_pkey' })
  device!: string;

  @Column('timestamptz')
  firstSeenAt!: Date;

  @Column('timestamptz')
  lastSeenAt!: Date;
}
