import type { User } from './user.entity.js';
import { hasUsernames } from './usernames.js';

// Everything that is no field of a person: derived, or told by an event of its own.
const UNTOLD = new Set<keyof User>([
  'id',
  'createdAt',
  'usernameKey',
  'emailKey',
  'passwordHash',
  'passwordRehashedAt',
  'isActive',
  'isSuperuser',
  'lastLoginAt',
  'invitedAt',
]);

/** The fields of a person that differ between two states of an account, with both values. */
export function personalChangesBetween(
  before: User,
  after: User,
): Record<string, { old: unknown; new: unknown }> {
  return Object.fromEntries(
    (Object.keys(after) as (keyof User)[])
      .filter((field) => isTold(field) && !isSame(before[field], after[field]))
      .map((field) => [field, { old: before[field], new: after[field] }]),
  );
}

/** The fields of a person of a new account that have a value. */
export function personalFieldsOf(user: User): Record<string, { old: null; new: unknown }> {
  return Object.fromEntries(
    (Object.keys(user) as (keyof User)[])
      .filter((field) => isTold(field) && user[field] !== '' && user[field] !== null)
      .map((field) => [field, { old: null, new: user[field] }]),
  );
}

/** Without usernames, what stands in their place changes with the address. */
function isTold(field: keyof User): boolean {
  return !UNTOLD.has(field) && (field !== 'username' || hasUsernames());
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
