import type { EntityManager } from 'typeorm';
import { LAST_SEAL, STANDING_SECTIONS } from './audit-chain.sql.js';
import type { ChainState, Section } from './chain-state.js';

/** Version 0.1 looked for events that were committed late among so many numbers. */
const LOOK_BACK = 100_000;

/** What stands in the tables when there is no head, or none that can be believed. */
export interface FoundChain {
  chain: ChainState;
  /** Whether seals are among it that a head was written for. */
  isOurs: boolean;
  /** When the oldest event happened that has no seal and will get one. */
  adoptedSince: string | undefined;
}

interface Standing {
  count: number;
  lastEventId: string;
  settledEventId: string;
  isOurs: boolean;
  openXid: string;
}

/** Reads whole tables. It is called for the first seal, and after an attacker took the head away. */
export async function foundChain(tx: EntityManager): Promise<FoundChain> {
  const [last] = await tx.query<{ position: number; hash: string }[]>(LAST_SEAL);
  const [{ isOurs, ...standing }] = (await tx.query<Standing[]>(
    `SELECT count::float8, "isOurs", last::text AS "lastEventId",
            CASE WHEN "isOurs" THEN last ELSE greatest(last - ${LOOK_BACK}, 0) END::text
              AS "settledEventId",
            pg_snapshot_xmax(pg_current_snapshot())::text AS "openXid"
     FROM (SELECT count(*), coalesce(bool_or(form <> 1), false) AS "isOurs",
                  coalesce(max(event_id), 0) AS last
           FROM audit_seals) AS seals`,
  )) as [Standing];
  const [adopted] = await tx.query<{ since: Date | null }[]>(
    `SELECT min(occurred_at) AS since FROM audit_events e
     WHERE id > $1::bigint AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.event_id = e.id)`,
    [standing.settledEventId],
  );
  const { position = 0, hash = '' } = last ?? {};
  const sections = await tx.query<Section[]>(STANDING_SECTIONS);
  return {
    chain: { ...standing, position, hash, next: position + 1, sections },
    isOurs,
    adoptedSince: adopted?.since?.toISOString(),
  };
}
