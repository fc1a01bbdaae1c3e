import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { deriveKey, equalSecrets, mac } from '../common/crypto.js';
import { AppConfig } from '../config/app-config.js';
import { JobRunner } from '../jobs/job-runner.js';
import { AuditSeal } from './audit-seal.entity.js';

const SEAL = 'seal_audit_trail';
const LOCK = 0x6a7e_0008;
const BATCH = 1_000;
/** Events are numbered before they are committed: among so many numbers a late one is looked for. */
const LOOK_BACK = 100_000;

/** An event as it is sealed: every column that is not null, in a form that no setting changes. */
const CONTENT = 'jsonb_strip_nulls(to_jsonb(e))::text';

interface Event {
  id: string;
  content: string;
  personal: string | null;
}

interface SealedEvent extends AuditSeal {
  content: string | null;
  personal: string | null;
  isForgotten: boolean;
}

/** What became of the chain. */
export interface ChainReport {
  /** How many events were found as they were sealed. */
  intact: number;
  /** How many were sealed under another `APP_SECRET`, which nobody can tell about now. */
  otherKey: number;
  /** How many are not sealed yet. */
  unsealed: number;
  /** The first event that is not as it was sealed, and in what way. */
  broken: { eventId: string; reason: 'missing' | 'changed' | 'personal_changed' } | null;
}

/**
 * Chains the events of the audit trail (ASVS 16.4.2): the hash of each holds the one before it, keyed with
 * `APP_SECRET`, so that whoever has the database alone can neither change an event nor make up a chain.
 */
@Injectable()
export class AuditChainService implements OnModuleInit {
  private readonly key: Buffer;
  private readonly keyId: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly runner: JobRunner,
    { appSecret }: AppConfig,
  ) {
    this.key = deriveKey(appSecret, 'audit-chain');
    this.keyId = mac(this.key, 'key id').slice(0, 16);
  }

  onModuleInit(): void {
    this.runner.handle(SEAL, async () => {
      while ((await this.seal()) === BATCH);
    });
    this.runner.repeat(SEAL);
  }

  /** Adds the next events to the chain; returns how many. One process at a time. */
  async seal(): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock($1), set_config('TimeZone', 'UTC', true)`, [
        LOCK,
      ]);
      let previous = await hashOfTheLast(tx);
      const seals = (await unsealedEvents(tx)).map(({ id, content, personal }) => {
        const personalMac = personal === null ? null : this.macOf(personal);
        previous = this.link(previous, personalMac, content);
        return { eventId: id, keyId: this.keyId, personalMac, hash: previous };
      });
      if (seals.length > 0) await tx.insert(AuditSeal, seals);
      return seals.length;
    });
  }

  /** Walks along the chain from its beginning. */
  async verify(): Promise<ChainReport> {
    return this.dataSource.transaction('REPEATABLE READ', async (tx) => {
      await tx.query(`SELECT set_config('TimeZone', 'UTC', true)`);
      const report: ChainReport = {
        intact: 0,
        otherKey: 0,
        unsealed: await countUnsealed(tx),
        broken: null,
      };
      let previous = '';
      let position = '0';
      for (;;) {
        const batch = await sealedEvents(tx, position);
        for (const sealed of batch) {
          if (sealed.keyId !== this.keyId) report.otherKey++;
          else {
            const reason = this.faultOf(sealed, previous);
            if (reason) return { ...report, broken: { eventId: sealed.eventId, reason } };
            report.intact++;
          }
          previous = sealed.hash;
        }
        if (batch.length < BATCH) return report;
        position = batch.at(-1)!.position;
      }
    });
  }

  private faultOf(sealed: SealedEvent, previous: string) {
    const { content, personal, personalMac, hash, isForgotten } = sealed;
    if (content === null) return 'missing';
    if (!equalSecrets(this.link(previous, personalMac, content), hash)) return 'changed';
    if (personal === null)
      return personalMac === null || isForgotten ? undefined : 'personal_changed';
    return personalMac !== null && equalSecrets(this.macOf(personal), personalMac)
      ? undefined
      : 'personal_changed';
  }

  private macOf(personal: string): string {
    return mac(this.key, `personal:${personal}`);
  }

  private link(previous: string, personalMac: string | null, content: string): string {
    return mac(this.key, `${previous}:${personalMac ?? ''}:${content}`);
  }
}

async function hashOfTheLast(tx: EntityManager): Promise<string> {
  const [last] = await tx.find(AuditSeal, { order: { position: 'DESC' }, take: 1 });
  return last?.hash ?? '';
}

async function unsealedEvents(tx: EntityManager): Promise<Event[]> {
  const [last] = await tx.query<[{ id: string }]>(
    'SELECT coalesce(max(event_id), 0) AS id FROM audit_seals',
  );
  // Both tables from there on, and by their indexes alone: this is asked every minute.
  return tx.query(
    `WITH unsealed AS MATERIALIZED (
       SELECT e.id FROM audit_events e
       WHERE e.id > $1::bigint - ${LOOK_BACK}
         AND NOT EXISTS (SELECT FROM audit_seals s
                         WHERE s.event_id = e.id AND s.event_id > $1::bigint - ${LOOK_BACK})
       ORDER BY e.id LIMIT ${BATCH})
     SELECT e.id, ${CONTENT} AS content, p.changes::text AS personal
     FROM unsealed
     JOIN audit_events e ON e.id = unsealed.id
     LEFT JOIN audit_personal_changes p ON p.event_id = e.id
     ORDER BY e.id`,
    [last.id],
  );
}

async function countUnsealed(tx: EntityManager): Promise<number> {
  const [row] = await tx.query<{ count: number }[]>(
    `SELECT count(*)::integer AS count FROM audit_events e
     WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.event_id = e.id)`,
  );
  return row!.count;
}

async function sealedEvents(tx: EntityManager, after: string): Promise<SealedEvent[]> {
  return tx.query(
    `SELECT s.position, s.event_id AS "eventId", s.key_id AS "keyId", s.hash,
            s.personal_mac AS "personalMac", ${CONTENT} AS content, p.changes::text AS personal,
            NOT EXISTS (SELECT FROM users u WHERE u.id::text = e.subject_id) AS "isForgotten"
     FROM audit_seals s
     LEFT JOIN audit_events e ON e.id = s.event_id
     LEFT JOIN audit_personal_changes p ON p.event_id = s.event_id
     WHERE s.position > $1 ORDER BY s.position LIMIT ${BATCH}`,
    [after],
  );
}
