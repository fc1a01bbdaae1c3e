import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { accessOf } from '../access/access.js';
import { GuardOfRoutes } from '../access/unguarded.js';
import { deniedWithoutAny } from './denied.js';
import { principalOf } from './principal-of.js';

/** Enforces `@Roles()`. Registered globally; a controller may name it as well. Throws `AppError` 403. */
@GuardOfRoutes
@Injectable()
export class RolesGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { roles } = accessOf(context.getClass(), context.getHandler());
    if (roles.length === 0) return true;
    const principal = principalOf(context);
    if (principal.isSuperuser) return true;
    const missing = roles.find((list) => !list.some((role) => principal.roles.includes(role)));
    if (!missing) return true;
    throw deniedWithoutAny('role', missing);
  }
}
