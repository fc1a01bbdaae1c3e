import { type FeatureDefinition, PERMISSION_DEFINITIONS } from '../access/define-permissions.js';
import { DeclarationError } from '../common/declaration-error.js';
import type { Declarations } from '../common/declarations.js';
import { skeletonOf } from '../common/look-alikes.js';
import { isOneLine } from '../common/text.js';
import { MAX_ROLE_NAME_LENGTH, normalizeRoleText } from './role-fields.decorators.js';

/** The role that holds every permission of the catalogue. */
export const ADMIN_ROLE = 'admin';

const CODENAME = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;
const MAX_CODENAME_LENGTH = 100;
const MAX_DESCRIPTION_LENGTH = 255;

/** The permissions that a role of the product gets, and a file that declares it. */
interface DeclaredRole {
  codenames: string[];
  file: string;
}

/** Every permission that the code knows: what the `*.permissions` files of Gatehouse and the product define. */
export class PermissionCatalogue {
  /** Descriptions by codename. */
  readonly descriptions = new Map<string, string>();
  /** The roles that the product declares, by name. */
  readonly roles = new Map<string, DeclaredRole>();
  private readonly files = new Map<string, string>();
  private readonly rolesBySkeleton = new Map([[skeletonOf(ADMIN_ROLE), ADMIN_ROLE]]);

  private constructor() {}

  /** Throws `DeclarationError`. */
  static async load(declarations: Declarations): Promise<PermissionCatalogue> {
    const catalogue = new PermissionCatalogue();
    const defined = await declarations.definitionsOf('permissions', PERMISSION_DEFINITIONS);
    for (const { definition, file } of defined) {
      catalogue.addPermissions(definition, file);
      catalogue.addRoles(definition, file);
    }
    return catalogue;
  }

  get codenames(): string[] {
    return [...this.descriptions.keys()];
  }

  has(codename: string): boolean {
    return this.descriptions.has(codename);
  }

  private addPermissions({ permissions }: FeatureDefinition, file: string): void {
    for (const { codename, description } of permissions) {
      const fault = this.faultOf(codename, description);
      if (fault) throw new DeclarationError(file, fault);
      this.descriptions.set(codename, description);
      this.files.set(codename, file);
    }
  }

  private faultOf(codename: string, description: unknown): string | undefined {
    if (!CODENAME.test(codename) || codename.length > MAX_CODENAME_LENGTH) {
      return `"${codename}" is no permission; name it resource.action, in lower case, with at most ${MAX_CODENAME_LENGTH} characters.`;
    }
    const other = this.files.get(codename);
    if (other !== undefined) return `the permission "${codename}" is also defined in ${other}.`;
    const isSentence = typeof description === 'string' && description.trim() !== '';
    if (!isSentence || description.length > MAX_DESCRIPTION_LENGTH) {
      return `the description of the permission "${codename}" must have 1 to ${MAX_DESCRIPTION_LENGTH} characters.`;
    }
    return undefined;
  }

  private addRoles({ resource, permissions, roles }: FeatureDefinition, file: string): void {
    for (const [role, actions] of roles) {
      const codenames = actions.map((action) => `${resource}.${action}`);
      const unknown = codenames.find(
        (one) => !permissions.some(({ codename }) => codename === one),
      );
      const fault =
        this.faultOfRole(role) ??
        (unknown && `the role "${role}" gets "${unknown}", which the same call does not define.`);
      if (fault) throw new DeclarationError(file, fault);
      this.rolesBySkeleton.set(skeletonOf(role), role);
      const before = this.roles.get(role)?.codenames ?? [];
      this.roles.set(role, { codenames: [...new Set([...before, ...codenames])], file });
    }
  }

  private faultOfRole(role: string): string | undefined {
    if (role === ADMIN_ROLE) {
      return `the role "${ADMIN_ROLE}" holds every permission anyway; leave it out.`;
    }
    if (normalizeRoleText(role) !== role || !isOneLine(role) || role === '') {
      return `"${role}" is no name of a role; it must be one line, without spaces around it.`;
    }
    if (role.length > MAX_ROLE_NAME_LENGTH) {
      return `the name of the role "${role}" must have at most ${MAX_ROLE_NAME_LENGTH} characters.`;
    }
    const alike = this.rolesBySkeleton.get(skeletonOf(role)) ?? role;
    return alike === role ? undefined : `the role "${role}" looks like the role "${alike}".`;
  }
}
