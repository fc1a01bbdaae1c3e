import { AppError } from '../../http/app-error.js';
import type { Actor } from '../../http/current-actor.decorator.js';
import { holds, type Principal } from '../../access/principal.js';
import { ADMIN_ROLE } from '../../permissions/permission-catalogue.js';
import type { GivenPowers } from '../../permissions/permissions.service.js';

// Nobody hands on what they do not hold, and nobody manages an account that can do more than they can:
// changing its address and asking for a new password would make its powers theirs (ASVS 8.2.1, 8.3.1).

/** Throws `AppError` 403 naming the permissions that the caller does not hold. */
export function assertHolds(caller: Principal, codenames: string[]): void {
  const missing = codenames.filter((codename) => !holds(caller, codename));
  if (missing.length > 0) throw deniedFor('permission', missing, { missingPermissions: missing });
}

/** Throws `AppError` 403 naming the roles that the caller does not have. The role `admin` stands for all. */
export function assertHasRoles(caller: Principal, roles: string[]): void {
  if (handsOnAllRoles(caller)) return;
  const missing = roles.filter((role) => !caller.roles.includes(role));
  if (missing.length > 0) throw deniedFor('role', missing, { missingRoles: missing });
}

/** Whether the caller may hand on a role: they have it, and hold what it grants. */
export function mayGive(caller: Principal, role: { name: string; permissions: string[] }): boolean {
  const has = handsOnAllRoles(caller) || caller.roles.includes(role.name);
  return has && role.permissions.every((codename) => holds(caller, codename));
}

/** Throws `AppError` 403 unless the caller is a superuser. */
export function assertSuperuser(caller: Principal): void {
  if (caller.isSuperuser) return;
  throw new AppError('permission_denied', {
    detail: 'Only a superuser makes, changes or deletes a superuser.',
    extensions: { requiresSuperuser: true },
  });
}

/** Throws `AppError` 403 for one's own account, naming the call that asks for the password first (ASVS 7.5.1). */
export function assertNotOneself({ principal }: Actor, id: string, instead: string): void {
  if (principal?.userId !== id) return;
  throw new AppError('permission_denied', {
    detail: `For your own account use ${instead}, which asks for your password.`,
  });
}

/**
 * Throws `AppError` 403 when the account can, or could if it were active, do more than the caller.
 * @param isPower tells the roles that open doors by their name
 */
export function assertMayManage(
  caller: Principal,
  account: { id: string; isSuperuser: boolean },
  { permissions, roles }: GivenPowers,
  isPower: (role: string) => boolean,
): void {
  if (account.id === caller.userId) return;
  if (account.isSuperuser) assertSuperuser(caller);
  assertHolds(caller, permissions);
  assertHasRoles(caller, roles.filter(isPower));
}

/** As `assertMayManage`, as an answer: what a page offers. */
export function mayManage(...question: Parameters<typeof assertMayManage>): boolean {
  try {
    assertMayManage(...question);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Throws `AppError` 409 `conflict` when somebody else has changed a value since the caller saw it. */
export function assertUnchanged(seen: unknown, present: unknown): void {
  if (JSON.stringify(seen) === JSON.stringify(present)) return;
  throw new AppError('conflict', {
    detail: 'Somebody else has just changed this. Here is how it is now: look at it again.',
  });
}

function handsOnAllRoles({ isSuperuser, roles }: Principal): boolean {
  return isSuperuser || roles.includes(ADMIN_ROLE);
}

function deniedFor(kind: string, missing: string[], extensions: Record<string, string[]>) {
  return new AppError('permission_denied', {
    detail: `This needs the ${kind} ${missing.join(' and ')}, which you do not hold yourself.`,
    extensions,
  });
}
