import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CLI } from '../common/cli-name.js';
import { AppConfig } from '../platform/config/app-config.js';
import { lockUntilEnd } from '../platform/database/advisory-locks.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { Metrics } from '../platform/metrics/metrics.service.js';
import { AuditChain } from './audit-chain.entity.js';
import { CHAIN, LATEST, WRITTEN_BY } from './audit-chain.sql.js';
import { AuditSeal } from './audit-seal.entity.js';
import { formatHead } from './chain-head.js';
import { type ChainKey, ChainKeys } from './chain-keys.js';
import { type ChainState, openChain, sealChain, type Section } from './chain-state.js';
import { continueChain } from './continue-chain.js';
import {
  CONTENT_COLUMNS,
  FORM,
  hashOfSeal,
  macOfPersonal,
  type SealedContent,
} from './seal-forms.js';

const BATCH = 1_000;

interface UnsealedEvent extends SealedContent {
  id: string;
}

/**
 * Chains the events of the audit trail (ASVS 16.4.2): the hash of each holds the one before it, keyed with
 * `APP_SECRET`. An attacker who has the database alone can neither change an event nor make up a chain, nor
 * have the application make one up: no position is given twice, a number below the last sealed one is
 * sealed only if its transaction was running then, and a chain that was tampered with is marked for ever.
 */
@Injectable()
export class AuditSealingService implements OnModuleInit {
  private readonly logger = new Logger('Audit');
  private readonly keys: ChainKeys;
  private remembered: ChainState | undefined;
  private readonly isProduction: boolean;
  private loggedHead: string | undefined;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly runner: JobRunner,
    private readonly metrics: Metrics,
    config: AppConfig,
  ) {
    this.keys = new ChainKeys(config);
    this.isProduction = config.environment === 'production';
  }

  async onModuleInit(): Promise<void> {
    this.runner.handleJob('seal_audit_trail', () => this.sealAll());
    this.runner.repeatJob('seal_audit_trail');
    await this.recallChain();
  }

  /**
   * Remembers the chain as it stands. Begins it where nothing has happened yet, so that no event is older.
   * Where something has, a missing head is for the job: a command must not write one before it verifies.
   */
  async recallChain(): Promise<void> {
    const [row] = await this.dataSource.query<AuditChain[]>(CHAIN);
    this.remembered = row && openChain(this.keys, row);
    if (row) return;
    const [event] = await this.dataSource.query<object[]>(
      'SELECT 1 FROM audit_events UNION ALL SELECT 1 FROM audit_seals LIMIT 1',
    );
    if (!event) await this.sealEvents();
  }

  /** Adds the next events to the chain; returns how many. One process at a time. */
  async sealEvents(): Promise<number> {
    const [chain, opened, count] = await this.dataSource.transaction(async (tx) => {
      await tx.query(lockUntilEnd('auditSealing'));
      await tx.query(`SET LOCAL TimeZone = 'UTC'`);
      const [row] = await tx.query<AuditChain[]>(CHAIN);
      const before = await continueChain(tx, this.keys, row, this.remembered);
      const isSettled = await haveEnded(tx, before.chain.openXid);
      const events = await unsealedEvents(tx, before.chain);
      const after = await addSeals(tx, this.keys.current, before.chain, events);
      if (isSettled && events.length < BATCH) after.settledEventId = before.chain.lastEventId;
      const next = sealChain(this.keys.current, after);
      if (next.signature !== row?.signature) await tx.upsert(AuditChain, next, ['id']);
      return [after, before.opened, events.length] as const;
    });
    this.remembered = chain;
    if (opened) this.report(opened, chain.sections.at(-1)!);
    return count;
  }

  private async sealAll(): Promise<void> {
    try {
      while ((await this.sealEvents()) === BATCH);
      const head = formatHead(this.keys.current, this.remembered!);
      // A terminal in development is not filled with the same line each minute.
      if (this.isProduction || head !== this.loggedHead) this.logger.log('chain.head', { head });
      this.loggedHead = head;
    } catch (error) {
      // A failed job would be tried again later and later; this one comes every minute.
      this.logger.error(`The audit trail is not being sealed: ${(error as Error).message}`);
    }
  }

  private report(kind: Section['kind'], { from, keyId }: Section): void {
    this.logger.log(`chain.${kind}`, { position: from, keyId });
    if (kind === 'begun' || kind === 'key_changed') return;
    this.metrics.count('gatehouse_audit_chain_breaks_total', {});
    this.logger.error(
      `The audit chain is not as it was left, and goes on at position ${from}. Run: ${CLI} audit verify`,
    );
  }
}

async function addSeals(
  tx: EntityManager,
  key: ChainKey,
  before: ChainState,
  events: UnsealedEvent[],
): Promise<ChainState> {
  const chain = { ...before };
  if (events.length === 0) return chain;
  const seals = events.map(({ id, content, personal }) => {
    const position = chain.next++;
    const personalMac = personal === null ? null : macOfPersonal(key, FORM, personal);
    const values = { form: FORM, position, previous: chain.hash, personalMac, content } as const;
    const hash = hashOfSeal(key, values);
    Object.assign(chain, { position, hash });
    if (BigInt(id) > BigInt(chain.lastEventId)) chain.lastEventId = id;
    return { position: `${position}`, eventId: id, form: FORM, keyId: key.id, personalMac, hash };
  });
  await tx.insert(AuditSeal, seals as AuditSeal[]);
  chain.count += events.length;
  // Read after the events, because a transaction gets its id a moment after the number of its event.
  chain.openXid = (await snapshotOf(tx)).xmax;
  return chain;
}

async function snapshotOf(tx: EntityManager): Promise<{ xmin: string; xmax: string }> {
  const [row] = await tx.query<{ xmin: string; xmax: string }[]>(
    `SELECT pg_snapshot_xmin(s)::text AS xmin, pg_snapshot_xmax(s)::text AS xmax
     FROM pg_current_snapshot() AS s`,
  );
  return row!;
}

/** Whether all transactions before this one have ended. A restored database counts them anew. */
async function haveEnded(tx: EntityManager, xid: string): Promise<boolean> {
  const { xmin, xmax } = await snapshotOf(tx);
  return BigInt(xmin) >= BigInt(xid) || BigInt(xmax) < BigInt(xid);
}

/** The next events in the order of their numbers, read by indexes alone: this is asked every minute. */
async function unsealedEvents(tx: EntityManager, chain: ChainState): Promise<UnsealedEvent[]> {
  return tx.query(
    `WITH unsealed AS MATERIALIZED (
       SELECT e.id FROM audit_events e, ${LATEST}
       WHERE e.id > $1::bigint
         AND NOT EXISTS (SELECT FROM audit_seals s
                         WHERE s.event_id = e.id AND s.event_id > $1::bigint)
         AND (e.id > $2::bigint OR ${WRITTEN_BY} < $3::bigint)
       ORDER BY e.id LIMIT ${BATCH})
     SELECT e.id, ${CONTENT_COLUMNS}
     FROM unsealed
     JOIN audit_events e ON e.id = unsealed.id
     LEFT JOIN audit_personal_changes p ON p.event_id = e.id
     ORDER BY e.id`,
    [chain.settledEventId, chain.lastEventId, chain.openXid],
  );
}
