import { equalSecrets } from '../common/crypto.js';
import type { ChainKey } from './chain-keys.js';

/**
 * How a seal is computed. Form 1 is that of version 0.1: it is verified and never made. It left out nulls
 * inside of `changes`, the owner of personal values and the position, which form 2 holds. A row that claims
 * the other form fails, because no message of one form is a message of the other.
 */
export type SealForm = 1 | 2;

/** The form of new seals. */
export const FORM = 2;

/** An event as it is sealed. */
export interface SealedContent {
  content: string;
  /** Null: the event has no personal values, or they were erased with their owner. */
  personal: string | null;
}

/** Every column that is not null, in a form that no setting but the time zone changes. */
const CONTENT = {
  1: 'jsonb_strip_nulls(to_jsonb(e))::text',
  2: `(jsonb_strip_nulls(to_jsonb(e) - 'changes') || jsonb_build_object('changes', e.changes))::text`,
};
const PERSONAL = {
  1: 'p.changes::text',
  2: 'CASE WHEN p.event_id IS NOT NULL THEN jsonb_build_array(p.user_id, p.changes)::text END',
};

/** Columns of `SealedContent` in form 2, of the rows `audit_events e` and `audit_personal_changes p`. */
export const CONTENT_COLUMNS = `${CONTENT[2]} AS content, ${PERSONAL[2]} AS personal`;

/** The same in the form of the row `audit_seals s`. */
export const CONTENT_COLUMNS_OF_SEAL = `
  CASE s.form WHEN 1 THEN ${CONTENT[1]} ELSE ${CONTENT[2]} END AS content,
  CASE s.form WHEN 1 THEN ${PERSONAL[1]} ELSE ${PERSONAL[2]} END AS personal`;

/** What the hash of a seal is computed from. */
export interface SealedValues {
  form: SealForm;
  position: number;
  /** The hash before it, or empty. */
  previous: string;
  personalMac: string | null;
  content: string;
}

export function hashOfSeal(key: ChainKey, values: SealedValues): string {
  const { form, position, previous, personalMac, content } = values;
  return form === 1
    ? key.signText(`${previous}:${personalMac ?? ''}:${content}`)
    : key.sign('seal', position, previous, personalMac, content);
}

export function macOfPersonal(key: ChainKey, form: SealForm, personal: string): string {
  return form === 1 ? key.signText(`personal:${personal}`) : key.sign('personal', personal);
}

/** @param isForgotten whether the account that the event is about is gone, and its personal values with it */
export function isPersonalIntact(
  key: ChainKey,
  form: SealForm,
  { personal, personalMac }: { personal: string | null; personalMac: string | null },
  isForgotten: boolean,
): boolean {
  if (personal === null) return personalMac === null || isForgotten;
  return personalMac !== null && equalSecrets(macOfPersonal(key, form, personal), personalMac);
}
