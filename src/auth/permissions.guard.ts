import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { accessOf } from '../access/access.js';
import { GuardOfRoutes } from '../access/unguarded.js';
import { holds } from '../access/principal.js';
import { denied, deniedWithoutAny } from './denied.js';
import { principalOf } from './principal-of.js';

/**
 * Enforces `@RequirePermissions()` and `@RequireAnyPermission()`. Registered globally; a controller may
 * name it as well. Throws `AppError` 403 with what is missing.
 */
@GuardOfRoutes
@Injectable()
export class PermissionsGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { permissions, anyPermission } = accessOf(context.getClass(), context.getHandler());
    if (permissions.length === 0 && anyPermission.length === 0) return true;
    const principal = principalOf(context);
    const missing = permissions.filter((codename) => !holds(principal, codename));
    if (missing.length > 0) throw denied('permission', missing);
    const none = anyPermission.find((list) => !list.some((codename) => holds(principal, codename)));
    if (none) throw deniedWithoutAny('permission', none);
    return true;
  }
}
