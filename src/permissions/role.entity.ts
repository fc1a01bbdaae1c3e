import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** A named set of permissions that users can be given. */
@Entity('roles')
@Unique('roles_name_key', ['name'])
export class Role {
  @PrimaryGeneratedColumn('uuid', { primaryKeyConstraintName: 'roles_pkey' })
  id!: string;

  @Column('varchar', { length: 150 })
  name!: string;

  @Column('varchar', { length: 500, default: '' })
  description!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
