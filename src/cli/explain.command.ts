import { Command, CommandRunner } from 'nest-commander';
import { OperatorError } from '../common/operator-error.js';
import { PermissionCatalogue } from '../permissions/permission-catalogue.js';
import { type Explanation, PermissionsService } from '../permissions/permissions.service.js';
import { UserByName } from './user-by-name.js';

@Command({
  name: 'explain',
  arguments: '<user> <permission>',
  description: 'Say whether a user holds a permission, and why',
  argsDescription: {
    user: 'username or email address',
    permission: 'codename, such as users.view',
  },
})
export class ExplainCommand extends CommandRunner {
  constructor(
    private readonly userByName: UserByName,
    private readonly permissions: PermissionsService,
    private readonly catalogue: PermissionCatalogue,
  ) {
    super();
  }

  override async run([name, codename]: [string, string]): Promise<void> {
    const user = await this.userByName.find(name);
    if (!this.catalogue.has(codename)) {
      throw new OperatorError(
        `There is no permission ${codename}. There are: ${this.catalogue.codenames.join(', ')}`,
      );
    }
    const explanation = await this.permissions.explainPermission(user.id, codename);
    if (explanation) console.log(`${explanation.holds ? 'yes' : 'no'}: ${reason(explanation)}`);
  }
}

function reason({ isActive, isSuperuser, isDirect, throughRoles }: Explanation): string {
  const sources = [
    ...(isSuperuser ? ['a superuser'] : []),
    ...(isDirect ? ['granted directly'] : []),
    ...throughRoles.map((role) => `through the role ${role}`),
  ];
  if (!isActive)
    return `the account is inactive${sources.length ? ` (${sources.join(', ')})` : ''}`;
  return sources.join(', ') || 'neither granted directly nor through a role';
}
