import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { accessOf } from '../common/access.js';
import { AppError } from '../common/app-error.js';
import { principalOf } from './principal-of.js';

/** Enforces `@RequireRecentLogin()` (ASVS 7.5.3). Throws `AppError` 403 `recent_login_required`. */
@Injectable()
export class RecentLoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { recentLogin } = accessOf(context.getClass(), context.getHandler());
    if (recentLogin === undefined) return true;
    const { authenticatedAt } = principalOf(context);
    if (Date.now() - Date.parse(authenticatedAt) <= recentLogin * 60_000) return true;
    throw new AppError('recent_login_required', {
      detail: `This needs a sign-in within the last ${recentLogin} minutes. Sign in again.`,
      extensions: { authenticatedAt, maxAgeMinutes: recentLogin },
    });
  }
}
