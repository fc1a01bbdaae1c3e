import { AppError } from '../http/app-error.js';

type Kind = 'permission' | 'role';

/** A refusal of a caller who lacks all of these permissions or roles: 403 `permission_denied`. */
export function denied(kind: Kind, missing: string[]): AppError {
  const kinds = missing.length === 1 ? kind : `${kind}s`;
  return refusal(kind, missing, `This needs the ${kinds} ${missing.join(' and ')}.`);
}

/** A refusal of a caller who has none of these permissions or roles, of which one is enough. */
export function deniedWithoutAny(kind: Kind, list: string[]): AppError {
  if (list.length === 1) return denied(kind, list);
  const detail = `This needs one of the ${kind}s ${list.join(', ')}.`;
  return refusal(kind, list, detail, { oneIsEnough: true });
}

function refusal(kind: Kind, names: string[], detail: string, extensions = {}): AppError {
  const missing = kind === 'role' ? { missingRoles: names } : { missingPermissions: names };
  return new AppError('permission_denied', { detail, extensions: { ...missing, ...extensions } });
}
