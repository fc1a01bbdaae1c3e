import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A named set of permissions that users can be given. */
@Entity('roles')
@Unique('roles_name_key', ['name'])
@Unique('roles_name_skeleton_key', ['nameSkeleton'])
export class Role {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'roles_pkey' })
  id!: string;

  @Column('varchar', { length: 150 })
  name!: string;

  /** What the name looks like (see `skeletonOf`). Null: another role has a name like it, or it was just added in SQL. */
  @Column('text', { nullable: true })
  nameSkeleton!: string | null;

  @Column('varchar', { length: 500, default: '' })
  description!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
