import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../users/user.entity.js';
import { Permission } from './permission.entity.js';

/** That a user has a permission directly, not by a role. */
@Entity('user_permissions')
export class UserPermission {
  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'user_permissions_user_id_fkey' })
  user!: Relation<User>;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'user_permissions_pkey' })
  userId!: string;

  @ManyToOne(() => Permission, { onDelete: 'CASCADE' })
  @JoinColumn({
    name: 'permission_codename',
    foreignKeyConstraintName: 'user_permissions_permission_codename_fkey',
  })
  permission!: Relation<Permission>;

  @Index('user_permissions_permission_idx')
  @PrimaryColumn('varchar', { length: 100, primaryKeyConstraintName: 'user_permissions_pkey' })
  permissionCodename!: string;
}
