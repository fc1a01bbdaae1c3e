import 'reflect-metadata';
import { ACCESS } from './access.decorators.js';
import { isUnguarded } from './unguarded.js';

/** What a route asks of its caller. Without `isPublic`, being signed in is asked for in any case. */
export interface Access {
  /** Whether the application itself decides, as it did before it had Gatehouse. Then `isPublic` is true as well. */
  isUnguarded: boolean;
  isPublic: boolean;
  /** Whether a public route knows the caller of an access token, and refuses a token that is not valid. */
  knowsCaller: boolean;
  /** For each list, one of its roles; a controller and its handler may each state a list. */
  roles: string[][];
  /** All of these. */
  permissions: string[];
  /** For each list, one of its permissions. */
  anyPermission: string[][];
  /** The oldest sign-in that will do, in minutes. */
  recentLogin: number | undefined;
}

const cache = new WeakMap<object, Map<object, Access>>();

/** The access that a handler and its controller state together: both have to be satisfied. */
export function accessOf(controller: object, handler: object): Access {
  const known = cache.get(handler)?.get(controller);
  if (known) return known;
  const access = read(controller, handler);
  cache.set(handler, new Map(cache.get(handler)).set(controller, access));
  return access;
}

function read(controller: object, handler: object): Access {
  const stated = <T>(key: string): T[] =>
    [controller, handler]
      .map((target) => Reflect.getMetadata(key, target) as T | undefined)
      .filter((value) => value !== undefined);
  const minutes = stated<number>(ACCESS.recentLogin);
  const isLeftToApplication = isUnguarded(controller, handler);
  return {
    isUnguarded: isLeftToApplication,
    isPublic: isLeftToApplication || stated<boolean>(ACCESS.public).length > 0,
    knowsCaller: stated<boolean>(ACCESS.knowsCaller).length > 0,
    roles: stated<string[]>(ACCESS.roles),
    permissions: [...new Set(stated<string[]>(ACCESS.permissions).flat())],
    anyPermission: stated<string[]>(ACCESS.anyPermission),
    recentLogin: minutes.length > 0 ? Math.min(...minutes) : undefined,
  };
}

/** In words. Superusers are never named: they may do everything. */
export function whoMay({
  isUnguarded: isLeftToApplication,
  isPublic,
  knowsCaller,
  roles,
  permissions,
  anyPermission,
  recentLogin,
}: Access): string {
  if (isLeftToApplication) return 'decided by the application';
  if (isPublic) return knowsCaller ? 'everybody, known if signed in' : 'everybody';
  const demands = [
    ...roles.map((list) => `role ${list.join(' or ')}`),
    ...permissions,
    ...anyPermission.map((list) => list.join(' or ')),
    ...(recentLogin === undefined ? [] : [`signed in within ${recentLogin} minutes`]),
  ];
  return demands.join(', and ') || 'signed-in users';
}
