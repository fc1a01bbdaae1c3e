import { type CheckDefinition, type CheckId, CHECKS } from './check-catalogue.js';

/** Something that is unsafe or wrong, why, and what to do. */
export interface CheckFinding {
  id: CheckId;
  severity: 'error' | 'warning';
  /** One sentence that names what was found. */
  what: string;
  why: string;
  mending: string;
}

/** A finding of the catalogue. @param detail follows what the catalogue says, such as the names concerned */
export function found(id: CheckId, detail?: string): CheckFinding {
  const { what, why, mending }: CheckDefinition = CHECKS[id];
  return {
    id,
    severity: id.startsWith('gatehouse.E') ? 'error' : 'warning',
    what: detail === undefined ? `${what}.` : `${what}: ${detail}`,
    why,
    mending,
  };
}

/** The finding, if it is one. */
export function foundIf(condition: boolean, id: CheckId, detail?: string): CheckFinding[] {
  return condition ? [found(id, detail)] : [];
}
