import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { accessOf } from '../access/access.js';
import { GuardOfRoutes } from '../access/unguarded.js';
import { assertRecentLogin } from '../http/recent-login.js';
import { principalOf } from './principal-of.js';

/** Enforces `@RequireRecentLogin()` (ASVS 7.5.3). Throws `AppError` 403 `recent_login_required`. */
@GuardOfRoutes
@Injectable()
export class RecentLoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { recentLogin } = accessOf(context.getClass(), context.getHandler());
    if (recentLogin === undefined) return true;
    assertRecentLogin({ origin: 'api', principal: principalOf(context) }, recentLogin);
    return true;
  }
}
