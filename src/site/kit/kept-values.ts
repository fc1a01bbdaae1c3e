import { createContext } from 'preact';
import type { KeptValues } from './page-frame.js';

/** What was typed into the form around a field, before its author had to sign in again. */
export const Kept = createContext<KeptValues | undefined>(undefined);

/** The kept value of a field of one value. */
export function keptText(kept: KeptValues | undefined, name: string): string | undefined {
  const value = kept?.[name];
  return typeof value === 'string' ? value : undefined;
}
