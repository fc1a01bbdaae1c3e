import { IfGiven } from '../../http/if-given.decorator.js';
import { RoleDescription, RoleName } from '../../permissions/role-fields.decorators.js';

/** A new role. It grants nothing until it is given permissions. */
export class CreateRoleDto {
  @RoleName({ required: true })
  name!: string;

  @RoleDescription()
  description?: string;
}

/** What to change about a role; what is left out stays. */
export class ChangeRoleDto {
  @IfGiven()
  @RoleName({ required: false })
  name?: string;

  @RoleDescription()
  description?: string;
}
