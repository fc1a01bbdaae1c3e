import { RoleNameList } from '../../permissions/grant-fields.decorators.js';

/** All the roles that an account is to have. */
export class SetRolesDto {
  @RoleNameList({ required: true })
  roles!: string[];
}
