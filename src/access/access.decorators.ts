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

/** What `@Public()` does with a caller who signs in nevertheless. */
export interface PublicOptions {
  /**
   * `ignored` (default): an access token is not looked at, and the API does not know the caller. `optional`: the
   * caller of a valid access token is known. A token that is not valid is 401 `invalid_token`, so that a client with
   * an expired one refreshes it instead of being taken for a visitor. Pages know their visitor either way.
   */
  user?: 'ignored' | 'optional';
}

/**
 * Opens a handler or a controller to callers who are not signed in. Everything else is closed. With `@Roles()` or
 * any other demand the start stops.
 * @example
 * ```ts
 * @Public({ user: 'optional' })
 * @Get(':id')
 * show(@IdParam() id: string, @CurrentUser() user: Principal | undefined) { … }
 * ```
 */
export const Public = ({ user = 'ignored' }: PublicOptions = {}) =>
  applyDecorators(
    state(ACCESS.public, true),
    ...(user === 'optional' ? [SetMetadata(ACCESS.knowsCaller, true)] : []),
  );

/**
 * Lets only users with one of these roles pass, and superusers. Others get 403 naming the roles.
 * @example
 * ```ts
 * @Roles('editor')
 * @Get('drafts')
 * drafts(): Promise<ArticleDto[]> { … }
 * ```
 */
export const Roles = (...roles: [string, ...string[]]) => state(ACCESS.roles, roles);

/**
 * Lets only users with all of these permissions pass, and superusers. Others get 403 naming what is missing.
 * @example
 * ```ts
 * @RequirePermissions(ARTICLES.publish)
 * @Post(':id/publish')
 * publish(@IdParam() id: string): Promise<ArticleDto> { … }
 * ```
 */
export const RequirePermissions = (...codenames: [PermissionCodename, ...PermissionCodename[]]) =>
  state(ACCESS.permissions, codenames);

/** Lets only users with at least one of these permissions pass, and superusers. Others get 403 naming them. */
export const RequireAnyPermission = (...codenames: [PermissionCodename, ...PermissionCodename[]]) =>
  state(ACCESS.anyPermission, codenames);

/**
 * Only for sessions whose sign-in is at most that many minutes old (ASVS 7.5.3); a refresh does not
 * count as one. Others get 403 `recent_login_required`.
 */
export const RequireRecentLogin = (minutes: number = RECENT_LOGIN_MINUTES) =>
  state(ACCESS.recentLogin, minutes);
