import { applyDecorators, SetMetadata } from '@nestjs/common';
import { callSite } from '../common/call-site.js';

/** The metadata keys of the decisions a route can state. */
export const ACCESS = {
  public: 'gatehouse:public',
  roles: 'gatehouse:roles',
  permissions: 'gatehouse:permissions',
  anyPermission: 'gatehouse:any-permission',
  recentLogin: 'gatehouse:recent-login',
  knowsCaller: 'gatehouse:knows-caller',
} as const;

/** The metadata key of where a decision was stated: file and line. */
export const STATED_IN = 'gatehouse:stated-in';

const state = (key: string, value: unknown) =>
  applyDecorators(SetMetadata(key, value), SetMetadata(STATED_IN, callSite(import.meta.url)));

/** `resource.action`, as the catalogue names it. */
export type PermissionCodename = `${string}.${string}`;

/** How old a sign-in may be for `@RequireRecentLogin()`, in minutes. */
export const RECENT_LOGIN_MINUTES = 15;

/** Opens a handler or a controller to callers who are not signed in. Everything else is closed. */
export const Public = () => state(ACCESS.public, true);

/** Beside `@Public()`: a caller who sends an access token is known. One that is not valid is refused, 401. */
export const KnowsCaller = () => state(ACCESS.knowsCaller, true);

/** Only for users with one of these roles; a superuser passes. Others get 403 naming the roles. */
export const Roles = (...roles: [string, ...string[]]) => state(ACCESS.roles, roles);

/** Only for users with all of these permissions; a superuser has them. Others get 403 naming what is missing. */
export const RequirePermissions = (...codenames: [PermissionCodename, ...PermissionCodename[]]) =>
  state(ACCESS.permissions, codenames);

/** Only for users with at least one of these permissions. Others get 403 naming them. */
export const RequireAnyPermission = (...codenames: [PermissionCodename, ...PermissionCodename[]]) =>
  state(ACCESS.anyPermission, codenames);

/**
 * Only for sessions whose sign-in is at most that many minutes old (ASVS 7.5.3); a refresh does not
 * count as one. Others get 403 `recent_login_required`.
 */
export const RequireRecentLogin = (minutes: number = RECENT_LOGIN_MINUTES) =>
  state(ACCESS.recentLogin, minutes);
