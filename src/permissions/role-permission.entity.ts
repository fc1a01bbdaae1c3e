import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Role } from './role.entity.js';
import { Permission } from './permission.entity.js';

/** That a role grants a permission. */
@Entity('role_permissions')
export class RolePermission {
  @ManyToOne(() => Role, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'role_id', foreignKeyConstraintName: 'role_permissions_role_id_fkey' })
  role!: Relation<Role>;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'role_permissions_pkey' })
  roleId!: string;

  @ManyToOne(() => Permission, { onDelete: 'CASCADE' })
  @JoinColumn({
    name: 'permission_codename',
    foreignKeyConstraintName: 'role_permissions_permission_codename_fkey',
  })
  permission!: Relation<Permission>;

  @Index('role_permissions_permission_idx')
  @PrimaryColumn('varchar', { length: 100, primaryKeyConstraintName: 'role_permissions_pkey' })
  permissionCodename!: string;
}
