import type { AuditChain } from './audit-chain.entity.js';
import type { ChainKey, ChainKeys } from './chain-keys.js';

/**
 * A stretch of positions under one key.
 * - `found`: seals that stood there when the application began to write a head, as those of version 0.1
 * - `begun`: the first stretch of the application
 * - `key_changed`: `APP_SECRET` became another one, and the old one signed that as well
 * - `key_unknown`: `APP_SECRET` became another one, and the application did not know the old one
 * - `lost`: the chain was not as the application had left it
 */
export interface Section {
  kind: 'found' | 'begun' | 'key_changed' | 'key_unknown' | 'lost';
  keyId: string;
  /** The first position. */
  from: number;
  /** The last position, once there is a next stretch. */
  until?: number;
  /** When it was opened, as an ISO 8601 time of the database. */
  at?: string;
  /** The hash that it continues. */
  after?: string;
  /** When the oldest event happened that had no seal although the chain had no head. */
  adoptedSince?: string;
  signature?: string;
  /** The signature of the key before. */
  handover?: string;
}

/** What the application remembers about the chain. */
export interface ChainState {
  /** The position of the last seal, 0 without one, and its hash. */
  position: number;
  hash: string;
  /** The position that the next seal gets. Above `position + 1` when seals were lost: none is given twice. */
  next: number;
  /** How many events were sealed. */
  count: number;
  /** The highest number of an event that was sealed. Numbers are text: they are 64 bits wide. */
  lastEventId: string;
  /** Up to this number nothing is sealed any more. */
  settledEventId: string;
  /** Between the two, events of transactions that began before this one (xid8). */
  openXid: string;
  sections: Section[];
}

/** Verifies the row and reads it. Undefined when it was not written under one of the keys. */
export function openChain(keys: ChainKeys, row: AuditChain): ChainState | undefined {
  const key = keys.find(row.keyId);
  return key?.hasSigned(row.signature, 'state', row.state) ? parseChain(row.state) : undefined;
}

export function parseChain(state: string): ChainState {
  return JSON.parse(state) as ChainState;
}

export function sealChain(key: ChainKey, chain: ChainState): AuditChain {
  const state = JSON.stringify(chain);
  return { id: 1, keyId: key.id, state, signature: key.sign('state', state) };
}

/** Whether the chain ends with this seal, which is the last one in the database. */
export function endsWith(
  { position, hash }: ChainState,
  last: { position: number; hash: string } | undefined,
): boolean {
  return position === (last?.position ?? 0) && hash === (last?.hash ?? '');
}

/** Ends the last section and opens another one at the next position. */
export function withSection(
  chain: ChainState,
  section: Omit<Section, 'keyId' | 'from' | 'after'>,
  key: ChainKey,
  keyBefore?: ChainKey,
): ChainState {
  const before = chain.sections.map((one) => ({ ...one, until: one.until ?? chain.next - 1 }));
  const opened = { ...section, keyId: key.id, from: chain.next, after: chain.hash };
  const values = signedValues(opened);
  const signatures = { signature: key.sign(...values), handover: keyBefore?.sign(...values) };
  return { ...chain, sections: [...before, { ...opened, ...signatures }] };
}

/** What the signatures of a section cover. */
export function signedValues(section: Section) {
  const { kind, keyId, from, at, after, adoptedSince } = section;
  return ['section', kind, keyId, from, at, after, adoptedSince];
}

/** Names a section, and no other one that could take its place. */
export function nameOfSection({ from, signature }: Section): string {
  return `${from}:${signature?.slice(0, 16)}`;
}
