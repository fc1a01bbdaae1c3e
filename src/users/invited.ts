import { hasPassword } from './unusable-password.js';
import type { User } from './user.entity.js';

/** Whether the owner of an account has never used it: they have no password and never signed in. */
export function isUnclaimed(user: Pick<User, 'passwordHash' | 'lastLoginAt'>): boolean {
  return !hasPassword(user) && user.lastLoginAt === null;
}

/** Whether the owner has a password, or was invited to choose the first one. */
export function isMeantToHavePassword(user: Pick<User, 'passwordHash' | 'invitedAt'>): boolean {
  return hasPassword(user) || user.invitedAt !== null;
}
