import type { KnownBrowser } from '../http/current-client.decorator.js';
import type { User } from '../users/user.entity.js';

/** Whether an account was signed in to from a browser, and not recovered since: before, it may be a stranger's. */
export function isKnownBrowser(
  { accounts }: Pick<KnownBrowser, 'accounts'>,
  { id, recoveredAt }: User,
): boolean {
  return accounts.some((one) => one.id === id && one.seenAt >= (recoveredAt ?? new Date(0)));
}
