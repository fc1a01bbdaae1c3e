import { Definitions } from '../common/definitions.js';

/** What a permission is called and what it lets its holder do. */
export interface PermissionDefinition {
  codename: string;
  description: string;
}

/** Permissions of one feature: `ARTICLES.publish` is the codename "articles.publish". */
export type FeaturePermissions<Resource extends string, Action extends string> = {
  readonly [A in Action]: `${Resource}.${A}`;
};

/** What else is declared together with permissions. */
export interface PermissionOptions<Action extends string> {
  /** Roles that the application adds to the database, by their names, and the actions that each may do. */
  roles?: Readonly<Record<string, readonly NoInfer<Action>[]>>;
}

/** The permissions of a feature, and the roles that get them. */
export interface FeatureDefinition {
  resource: string;
  permissions: PermissionDefinition[];
  /** Actions by the name of the role. */
  roles: [role: string, actions: readonly string[]][];
}

export const PERMISSION_DEFINITIONS = new Definitions<FeatureDefinition>('definePermissions');

/**
 * Declares the permissions of a feature, in a file named `*.permissions.ts` below the `root` of the product. The
 * application adds them to the database when it migrates.
 *
 * ```ts
 * export const ARTICLES = definePermissions(
 *   'articles',
 *   { publish: 'Publish articles' },
 *   { roles: { editor: ['publish'] } },
 * );
 * ```
 *
 * A role that does not exist yet is added with all of its permissions. A role that exists gets each permission once, when
 * that permission is added: an administrator who takes it away keeps it away. The start stops at names that are not in
 * lower case, too long or taken, and at a role `admin`, which holds every permission anyway.
 * @param resource the first part of the codenames, such as `articles`
 * @param actions what each permission lets its holder do, by the second part of its codename
 */
export function definePermissions<Resource extends string, Action extends string>(
  resource: Resource,
  actions: Readonly<Record<Action, string>>,
  { roles = {} }: PermissionOptions<Action> = {},
): FeaturePermissions<Resource, Action> {
  const permissions = Object.entries<string>(actions).map(([action, description]) => ({
    codename: `${resource}.${action}`,
    description,
  }));
  const handles = Object.fromEntries(
    Object.keys(actions).map((action) => [action, `${resource}.${action}`]),
  ) as FeaturePermissions<Resource, Action>;
  return PERMISSION_DEFINITIONS.record(handles, {
    resource,
    permissions,
    roles: Object.entries(roles),
  });
}
