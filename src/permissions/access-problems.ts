import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { ACCESS } from '../access/access.decorators.js';
import type { Access } from '../access/access.js';
import { methodsOf, routesOf, statedIn } from '../access/routes.js';
import { sectionProblems } from './section-problems.js';
import type { PermissionCatalogue } from './permission-catalogue.js';

/** Something Nest knows by its class: a controller or a provider, made or not. */
interface Registered {
  metatype: unknown;
}

/** Whatever an application registers. */
export interface Registrations {
  controllers: Registered[];
  providers: Registered[];
}

/**
 * The decisions about access that cannot be meant, of every handler of every registered controller: one
 * sentence each, which names class and handler.
 * @param knownRoles the names of the roles that exist; those of the catalogue will
 */
export function accessProblems(
  { controllers, providers }: Registrations,
  catalogue: PermissionCatalogue,
  knownRoles: ReadonlySet<string>,
): string[] {
  const contradictions = routesOf(controllers).flatMap(({ handler, access, statedIn: place }) =>
    problemsOf(access, catalogue, knownRoles).map((problem) =>
      at(`${handler}: ${problem}`, place()),
    ),
  );
  return [
    ...sectionProblems(controllers),
    ...contradictions,
    ...strayDecorators([...controllers, ...providers]),
  ];
}

function problemsOf(
  { isPublic, roles, permissions, anyPermission, recentLogin }: Access,
  catalogue: PermissionCatalogue,
  knownRoles: ReadonlySet<string>,
): string[] {
  const demands = roles.length + permissions.length + anyPermission.length;
  const asksForSomething = demands > 0 || recentLogin !== undefined;
  const unknownPermissions = [...permissions, ...anyPermission.flat()].filter(
    (codename) => !catalogue.has(codename),
  );
  const unknownRoles = roles
    .flat()
    .filter((role) => !knownRoles.has(role) && !catalogue.roles.has(role));
  return [
    ...(isPublic && asksForSomething ? ['is public, and asks for something'] : []),
    ...unknownPermissions.map(
      (codename) => `"${codename}" is no permission; define it in a *.permissions.ts file`,
    ),
    ...unknownRoles.map(
      (role) => `"${role}" is no role; add it first, or define it in a *.permissions.ts file`,
    ),
  ];
}

/** Decorators on what no request reaches would give a false sense of safety. */
function strayDecorators(everything: Registered[]): string[] {
  return methodsOf(everything).flatMap(({ className, name, handler }) => {
    const isRoute = Reflect.hasMetadata(METHOD_METADATA, handler);
    const isDecorated = Object.values(ACCESS).some((key) => Reflect.hasMetadata(key, handler));
    return isDecorated && !isRoute
      ? [at(`${className}.${name}: has an access decorator, but is no route`, statedIn(handler))]
      : [];
  });
}

function at(problem: string, place: string | undefined): string {
  return place === undefined ? problem : `${problem} (${place})`;
}
