import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RECENT_LOGIN_MINUTES } from '../common/access.decorators.js';
import { accessOf } from '../common/access.js';
import { AppError } from '../common/app-error.js';
import type { Principal } from '../common/principal.js';
import { principalOf } from './principal-of.js';

/** Enforces `@RequireRecentLogin()` (ASVS 7.5.3). Throws `AppError` 403 `recent_login_required`. */
@Injectable()
export class RecentLoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { recentLogin } = accessOf(context.getClass(), context.getHandler());
    if (recentLogin === undefined) return true;
    assertRecentLogin(principalOf(context), recentLogin);
    return true;
  }
}

/**
 * What `@RequireRecentLogin()` asks for, where it depends on what is sent. Throws `AppError` 403
 * `recent_login_required`.
 */
export function assertRecentLogin(
  { authenticatedAt }: Principal,
  minutes = RECENT_LOGIN_MINUTES,
): void {
  if (Date.now() - Date.parse(authenticatedAt) <= minutes * 60_000) return;
  throw new AppError('recent_login_required', {
    detail: `This needs a sign-in within the last ${minutes} minutes. Sign in again.`,
    extensions: { authenticatedAt, maxAgeMinutes: minutes },
  });
}
