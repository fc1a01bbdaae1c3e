const CODENAME = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;
const MAX_LENGTH = 100;

/** What a permission is called and what it lets its holder do. */
export interface PermissionDefinition {
  codename: string;
  description: string;
}

/** Permissions of one feature: `ARTICLES.publish` is the codename "articles.publish". */
export type FeaturePermissions<Resource extends string, Action extends string> = {
  readonly [A in Action]: `${Resource}.${A}`;
};

const definitions = new WeakMap<object, PermissionDefinition[]>();

/**
 * Declares the permissions of a feature, in a file named `*.permissions.ts`, from where the
 * application collects them: `export const ARTICLES = definePermissions('articles', { publish:
 * 'Publish articles' })`. Throws when a name is not in lower case, or too long.
 */
export function definePermissions<Resource extends string, Action extends string>(
  resource: Resource,
  actions: Readonly<Record<Action, string>>,
): FeaturePermissions<Resource, Action> {
  const defined = Object.entries<string>(actions).map(([action, description]) => ({
    codename: `${resource}.${action}`,
    description,
  }));
  for (const { codename } of defined) {
    if (!CODENAME.test(codename) || codename.length > MAX_LENGTH) {
      throw new Error(`"${codename}" is no permission: name it resource.action, in lower case.`);
    }
  }
  const feature = Object.freeze(
    Object.fromEntries(defined.map(({ codename }) => [codename.split('.')[1], codename])),
  ) as FeaturePermissions<Resource, Action>;
  definitions.set(feature, defined);
  return feature;
}

/** The definitions behind what `definePermissions` returned; undefined for anything else. */
export function definitionsOf(feature: unknown): PermissionDefinition[] | undefined {
  return typeof feature === 'object' && feature !== null ? definitions.get(feature) : undefined;
}
