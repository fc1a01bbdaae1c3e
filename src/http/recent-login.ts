import { RECENT_LOGIN_MINUTES } from '../access/access.decorators.js';
import { AppError } from './app-error.js';
import type { Actor } from './current-actor.decorator.js';

/**
 * Refuses a sign-in that is older than `minutes`, for acts that give power, take over or delete an account, or
 * change a way in (ASVS 7.5.3). Services call it, so that pages and the API agree. The command line has no
 * session and passes. Throws `AppError` 403 `recent_login_required`, 401 without a session.
 */
export function assertRecentLogin(
  { origin, principal }: Actor,
  minutes = RECENT_LOGIN_MINUTES,
): void {
  if (origin === 'cli') return;
  if (!principal) throw new AppError('authentication_required');
  const { authenticatedAt } = principal;
  if (Date.now() - Date.parse(authenticatedAt) <= minutes * 60_000) return;
  throw new AppError('recent_login_required', {
    detail: `This needs a sign-in within the last ${minutes} minutes. Sign in again.`,
    extensions: { authenticatedAt, maxAgeMinutes: minutes },
  });
}
