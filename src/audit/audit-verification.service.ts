import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppConfig } from '../platform/config/app-config.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import type { AuditChain } from './audit-chain.entity.js';
import { CHAIN, LATEST, LONGEST_WAIT, STANDING_SECTIONS, WRITTEN_BY } from './audit-chain.sql.js';
import { type ChainFault, ChainFaults } from './chain-faults.js';
import { type ChainHead, isGenuineHead } from './chain-head.js';
import { ChainKeys } from './chain-keys.js';
import { type ChainState, openChain, parseChain, type Section } from './chain-state.js';
import { type Accepted, ChainWalk, type SealedEvent } from './chain-walk.js';
import { CONTENT_COLUMNS_OF_SEAL } from './seal-forms.js';

const BATCH = 1_000;

/** What became of the chain. */
export interface ChainReport {
  /** How many events are as they were sealed. */
  intact: number;
  /** How many have a seal that cannot be verified. */
  unproven: number;
  /** How many will be sealed within the minute. */
  unsealed: number;
  /** How many positions version 0.1 left out, which may be seals that were deleted in its time. */
  skipped: number;
  /** The first faults. */
  faults: ChainFault[];
  faultCount: number;
}

/** Proves that the audit trail is as it was sealed, or says what is not. */
@Injectable()
export class AuditVerificationService {
  private readonly keys: ChainKeys;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    config: AppConfig,
  ) {
    this.keys = new ChainKeys(config);
  }

  /**
   * Walks along the whole chain, in one state of the database.
   * @param head the end of the chain at an earlier time, which the log has kept
   */
  async verifyChain(accepted: Accepted, head?: ChainHead): Promise<ChainReport> {
    return this.dataSource.transaction('REPEATABLE READ', async (tx) => {
      await tx.query(`SELECT set_config('TimeZone', 'UTC', true)`);
      const faults = new ChainFaults();
      if (head && !isGenuineHead(this.keys, head)) faults.addFault({ what: 'head_forged' });
      const chain = await this.readChain(tx, accepted, faults);
      const sections = chain?.sections ?? (await tx.query<Section[]>(STANDING_SECTIONS));
      const end = chain ? chain.next - 1 : 0;
      const walk = new ChainWalk(sections, end, this.keys, accepted, faults);
      await this.walkAlong(tx, walk, faults, head);
      const unsealed = await this.readUnsealed(tx, chain, faults);
      const { intact, unproven } = walk;
      const { shown, count } = faults;
      const skipped = skippedIn(sections);
      return { intact, unproven, unsealed, skipped, faults: shown, faultCount: count };
    });
  }

  /** The head of the chain, if it can be believed. */
  private async readChain(
    tx: EntityManager,
    { keys }: Accepted,
    faults: ChainFaults,
  ): Promise<ChainState | undefined> {
    const [row] = await tx.query<AuditChain[]>(CHAIN);
    const chain = row && openChain(this.keys, row);
    if (chain) return chain;
    if (!row) {
      faults.addFault({ what: 'head_missing' });
      return undefined;
    }
    if (keys.some((key) => key.split(':')[0] === row.keyId)) return parseChain(row.state);
    const { keyId } = row;
    faults.addFault(
      this.keys.find(keyId) ? { what: 'head_changed' } : { what: 'head_unknown', keyId },
    );
    return undefined;
  }

  private async walkAlong(
    tx: EntityManager,
    walk: ChainWalk,
    faults: ChainFaults,
    head: ChainHead | undefined,
  ): Promise<void> {
    let walked = 0;
    let countAtHead = 0;
    let isHeadThere = head?.position === 0;
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const batch = await sealedEvents(tx, after);
      for (const seal of batch) {
        walk.addSeal(seal);
        if (!head || seal.position > head.position) continue;
        countAtHead++;
        isHeadThere ||= seal.position === head.position && seal.hash === head.hash;
      }
      walked += batch.length;
      if (batch.length < BATCH) break;
      after = batch.at(-1)!.position;
    }
    walk.finish();
    const [all] = await tx.query<{ count: number }[]>(
      'SELECT count(*)::float8 AS count FROM audit_seals',
    );
    if (all!.count !== walked) faults.addFault({ what: 'seals_doubled' });
    if (head && !(isHeadThere && countAtHead === head.count))
      faults.addFault({ what: 'head_differs' });
  }

  /** Counts the events that will be sealed, and looks for those that never will. */
  private async readUnsealed(
    tx: EntityManager,
    chain: ChainState | undefined,
    faults: ChainFaults,
  ): Promise<number> {
    const late = chain
      ? [chain.settledEventId, chain.lastEventId, chain.openXid]
      : ['-9223372036854775808', '-9223372036854775808', '0'];
    const events = `
      SELECT e.id, e.occurred_at,
             e.id <= $1::bigint OR (e.id <= $2::bigint AND ${WRITTEN_BY} >= $3::bigint) AS is_late
      FROM audit_events e, ${LATEST}
      WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.event_id = e.id)`;
    for (const { id } of await tx.query<{ id: string }[]>(
      `SELECT id FROM (${events}) AS unsealed WHERE is_late ORDER BY id LIMIT ${BATCH}`,
      late,
    )) {
      faults.addFault({ what: 'event_inserted', eventId: id });
    }
    const [waiting] = await tx.query<{ count: number; since: Date; isOverdue: boolean }[]>(
      `SELECT count(*)::float8 AS count, min(occurred_at) AS since,
              coalesce(min(occurred_at) < now() - ${LONGEST_WAIT}, false) AS "isOverdue"
       FROM (${events}) AS unsealed WHERE NOT is_late`,
      late,
    );
    const { count, since, isOverdue } = waiting!;
    if (isOverdue) faults.addFault({ what: 'not_sealed', count, since });
    return count;
  }
}

async function sealedEvents(tx: EntityManager, after: number): Promise<SealedEvent[]> {
  return tx.query(
    `SELECT s.position::float8 AS position, s.event_id AS "eventId", s.form, s.key_id AS "keyId", s.hash,
            s.personal_mac AS "personalMac", ${CONTENT_COLUMNS_OF_SEAL},
            NOT EXISTS (SELECT FROM users u WHERE u.id::text = e.subject_id) AS "isForgotten"
     FROM audit_seals s
     LEFT JOIN audit_events e ON e.id = s.event_id
     LEFT JOIN audit_personal_changes p ON p.event_id = s.event_id
     WHERE s.position > $1 ORDER BY s.position LIMIT ${BATCH}`,
    [after],
  );
}

/** Positions that were missing when a head was first written. */
function skippedIn(sections: Section[]): number {
  let skipped = 0;
  let expected = 1;
  for (const { kind, from, until } of sections) {
    if (kind === 'found') skipped += from - expected;
    expected = (until ?? from) + 1;
  }
  return skipped;
}
