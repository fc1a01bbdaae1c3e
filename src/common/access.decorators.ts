import { SetMetadata } from '@nestjs/common';

/** The metadata keys of the decisions a route can state. */
export const ACCESS = {
  public: 'gatehouse:public',
  roles: 'gatehouse:roles',
  permissions: 'gatehouse:permissions',
  anyPermission: 'gatehouse:any-permission',
  recentLogin: 'gatehouse:recent-login',
} as const;

/** `resource.action`, as the catalogue names it. */
export type PermissionCodename = `${string}.${string}`;

/** How old a sign-in may be for `@RequireRecentLogin()`, in minutes. */
const RECENT_LOGIN_MINUTES = 15;

/** Opens a handler or a controller to callers who are not signed in. Everything else is closed. */
export const Public = () => SetMetadata(ACCESS.public, true);

/** Only for users with one of these roles; a superuser passes. Others get 403 naming the roles. */
export const Roles = (...roles: [string, ...string[]]) => SetMetadata(ACCESS.roles, roles);

/** Only for users with all of these permissions; a superuser has them. Others get 403 naming what is missing. */
export const RequirePermissions = (...codenames: [PermissionCodename, ...PermissionCodename[]]) =>
  SetMetadata(ACCESS.permissions, codenames);

/** Only for users with at least one of these permissions. Others get 403 naming them. */
export const RequireAnyPermission = (...codenames: [PermissionCodename, ...PermissionCodename[]]) =>
  SetMetadata(ACCESS.anyPermission, codenames);

/**
 * Only for sessions whose sign-in is at most that many minutes old (ASVS 7.5.3); a refresh does not
 * count as one. Others get 403 `recent_login_required`.
 */
export const RequireRecentLogin = (minutes: number = RECENT_LOGIN_MINUTES) =>
  SetMetadata(ACCESS.recentLogin, minutes);
