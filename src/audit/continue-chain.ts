import type { EntityManager } from 'typeorm';
import type { AuditChain } from './audit-chain.entity.js';
import { LAST_SEAL } from './audit-chain.sql.js';
import type { ChainKeys } from './chain-keys.js';
import { type ChainState, endsWith, openChain, type Section, withSection } from './chain-state.js';
import { foundChain } from './found-chain.js';

export interface ContinuedChain {
  chain: ChainState;
  /** What kind of section was opened, if one was. */
  opened?: Section['kind'];
}

/**
 * The chain to add to: as it was left, or with a new section that says for ever that it was not.
 * @param row the head in the database
 * @param remembered the chain as this process last saw it. An attacker who puts older tables back cannot
 * reach it.
 */
export async function continueChain(
  tx: EntityManager,
  keys: ChainKeys,
  row: AuditChain | undefined,
  remembered: ChainState | undefined,
): Promise<ContinuedChain> {
  const stored = row && openChain(keys, row);
  const isKeyUnknown = row !== undefined && !keys.find(row.keyId);
  if (isKeyUnknown && remembered) {
    // While instances change their secret one after another, the later ones have begun to seal.
    throw new Error(`another process seals under the key ${row.keyId}, which is not known here`);
  }
  const trusted = stored && (await hasGrown(tx, stored, remembered)) ? stored : remembered;
  if (!trusted) return beginSection(tx, keys, isKeyUnknown ? 'key_unknown' : row && 'lost');

  const [last] = await tx.query<{ position: number; hash: string }[]>(LAST_SEAL);
  if (trusted !== stored || !endsWith(trusted, last)) {
    const { position = 0, hash = '' } = last ?? {};
    const next = Math.max(trusted.next, position + 1);
    const lost = { kind: 'lost', at: await timeOf(tx) } as const;
    const chain = withSection({ ...trusted, position, hash, next }, lost, keys.current);
    return { chain, opened: 'lost' };
  }
  if (row!.keyId === keys.current.id) return { chain: trusted };
  const changed = { kind: 'key_changed', at: await timeOf(tx) } as const;
  const chain = withSection(trusted, changed, keys.current, keys.find(row!.keyId));
  return { chain, opened: 'key_changed' };
}

/** Goes on after what stands there, which nothing vouches for. */
async function beginSection(
  tx: EntityManager,
  keys: ChainKeys,
  fault: 'key_unknown' | 'lost' | undefined,
): Promise<ContinuedChain> {
  const { chain, isOurs, adoptedSince } = await foundChain(tx);
  const kind = fault ?? (isOurs ? 'lost' : 'begun');
  const section = { kind, at: await timeOf(tx), adoptedSince } as const;
  return { chain: withSection(chain, section, keys.current), opened: kind };
}

/** Whether what stands there continues what this process remembers. */
async function hasGrown(
  tx: EntityManager,
  stored: ChainState,
  remembered: ChainState | undefined,
): Promise<boolean> {
  if (!remembered) return true;
  if (stored.next < remembered.next) return false;
  const [seal] = await tx.query<{ hash: string }[]>(
    'SELECT hash FROM audit_seals WHERE position = $1',
    [remembered.position],
  );
  return (seal?.hash ?? '') === remembered.hash;
}

async function timeOf(tx: EntityManager): Promise<string> {
  const [row] = await tx.query<{ now: Date }[]>('SELECT now()');
  return row!.now.toISOString();
}
