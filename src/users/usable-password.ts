import type { User } from './user.entity.js';

/** Whether an account has a password at all. Django's mark of none is a hash that begins with "!". */
export function hasUsablePassword({ passwordHash }: Pick<User, 'passwordHash'>): boolean {
  return !passwordHash.startsWith('!');
}
