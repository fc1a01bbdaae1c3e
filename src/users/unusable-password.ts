import { randomBytes } from 'node:crypto';
import type { User } from './user.entity.js';

/** Django's mark of an account without password: it matches nothing and cannot be guessed. */
export function unusablePasswordHash(): string {
  return `!${randomBytes(30).toString('base64url')}`;
}

/** Whether an account has a password here. Without one it may have another way in. */
export function hasPassword({ passwordHash }: Pick<User, 'passwordHash'>): boolean {
  return !passwordHash.startsWith('!');
}
