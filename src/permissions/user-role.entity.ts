import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../users/user.entity.js';
import { Role } from './role.entity.js';

/** That a user has a role. */
@Entity('user_roles')
export class UserRole {
  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'user_roles_user_id_fkey' })
  user!: Relation<User>;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'user_roles_pkey' })
  userId!: string;

  @ManyToOne(() => Role, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'role_id', foreignKeyConstraintName: 'user_roles_role_id_fkey' })
  role!: Relation<Role>;

  @Index('user_roles_role_idx')
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'user_roles_pkey' })
  roleId!: string;
}
