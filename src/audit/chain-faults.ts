import type { Section } from './chain-state.js';

/** What verification found that should not be so, with what names it. */
interface Faults {
  event_missing: { eventId: string };
  event_changed: { eventId: string };
  personal_changed: { eventId: string };
  /** It has no seal, although its transaction began after later numbers were sealed. */
  event_inserted: { eventId: string };
  seal_of_other_key: { eventId: string };
  seals_missing: { from: number; until: number };
  /** The application did not add it. */
  seal_inserted: { position: number };
  /** Only a table without its primary key can hold two seals of one position. */
  seals_doubled: object;
  section_changed: { from: number };
  /** The application found the chain damaged, or old events without any chain. */
  started_again: { section: Section };
  key_unknown: { keyId: string; from: number; until: number };
  head_missing: object;
  head_changed: object;
  head_unknown: { keyId: string };
  /** The head that was given is not of this chain. */
  head_differs: object;
  /** The head that was given was not written by the application. */
  head_forged: object;
  not_sealed: { count: number; since: Date };
}

export type ChainFault<What extends keyof Faults = keyof Faults> = {
  [W in What]: { what: W } & Faults[W];
}[What];

const SHOWN_OF_A_KIND = 10;

/** Keeps the first faults of each kind and counts all, because an attacker who empties a table makes millions. */
export class ChainFaults {
  readonly shown: ChainFault[] = [];
  count = 0;
  private readonly counts = new Map<string, number>();

  addFault(fault: ChainFault): void {
    const count = (this.counts.get(fault.what) ?? 0) + 1;
    this.counts.set(fault.what, count);
    this.count++;
    if (count <= SHOWN_OF_A_KIND) this.shown.push(fault);
  }
}
