import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A permission of the catalogue, as the database knows it, so that memberships can point to it. */
@Entity('permissions')
export class Permission {
  /** `resource.action` */
  @PrimaryColumn('varchar', { length: 100, primaryKeyConstraintName: 'permissions_pkey' })
  codename!: string;

  @Column('varchar', { length: 255 })
  description!: string;
}
