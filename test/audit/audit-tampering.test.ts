import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LOCKS } from '../../src/platform/database/advisory-locks.js';
import pg from 'pg';
import type { AuditSealingService } from '../../src/audit/audit-sealing.service.js';
import type { AuditVerificationService } from '../../src/audit/audit-verification.service.js';
import { newSession } from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { commandLine } from '../support/command-line.js';

const { AuditSealingService: Sealing } = await built<
  typeof import('../../src/audit/audit-sealing.service.js')
>('src/audit/audit-sealing.service.js');

const { AuditVerificationService: Verification } = await built<
  typeof import('../../src/audit/audit-verification.service.js')
>('src/audit/audit-verification.service.js');

type Act = 'change' | 'delete' | 'insert' | 'reorder';
type Target = 'event' | 'seal' | 'both' | 'all seals';
type Key = 'kept' | 'altered';

const TABLES = ['audit_events', 'audit_seals', 'audit_personal_changes', 'audit_chain'];
const MARK = /Accept it with: --accept-start \d+:[\w-]{16}\n/;
const UNKNOWN_KEY = 'AAAAAAAAAAAAAAAA';

/** Swaps the values of a column between two rows; the first takes a detour, for unique indexes. */
const swap = (table: string, column: string, a: string, b: string, by = column) => [
  `UPDATE ${table} SET ${column} = -1 WHERE ${by} = ${a}`,
  `UPDATE ${table} SET ${column} = ${a} WHERE ${by} = ${b}`,
  `UPDATE ${table} SET ${column} = ${b} WHERE ${column} = -1`,
];
const COPY_OF_EVENT = `
  INSERT INTO audit_events (id, occurred_at, action, origin, subject_type, subject_id)
  OVERRIDING SYSTEM VALUE
  SELECT $free, occurred_at, 'user.superuser_granted', origin, subject_type, subject_id
  FROM audit_events WHERE id = $event`;
const copyOfSeal = (position: string, event: string) => `
  INSERT INTO audit_seals (position, event_id, form, key_id, personal_mac, hash)
  SELECT ${position}, ${event}, form, key_id, NULL, reverse(hash) FROM audit_seals WHERE event_id = $event`;
const LAST = '(SELECT max(position) FROM audit_seals)';

/** How an attacker who owns the database does it; `$event` and `$other` were sealed, `$free` is a number between. */
const TAMPERING: Record<Act, Record<Target, string[]>> = {
  change: {
    event: [`UPDATE audit_events SET ip = '192.0.2.66' WHERE id = $event`],
    seal: ['UPDATE audit_seals SET hash = reverse(hash) WHERE event_id = $event'],
    both: [
      `UPDATE audit_events SET ip = '192.0.2.66' WHERE id = $event`,
      'UPDATE audit_seals SET hash = reverse(hash) WHERE event_id = $event',
    ],
    'all seals': [
      `UPDATE audit_events SET ip = '192.0.2.66' WHERE id = $event`,
      'UPDATE audit_seals SET hash = reverse(hash)',
    ],
  },
  delete: {
    event: ['DELETE FROM audit_events WHERE id = $event'],
    seal: ['DELETE FROM audit_seals WHERE event_id = $event'],
    both: [
      'DELETE FROM audit_events WHERE id = $event',
      'DELETE FROM audit_seals WHERE event_id = $event',
    ],
    'all seals': ['DELETE FROM audit_events WHERE id = $event', 'DELETE FROM audit_seals'],
  },
  insert: {
    event: [COPY_OF_EVENT],
    seal: [COPY_OF_EVENT, copyOfSeal(`${LAST} + 1`, '$free')],
    both: [
      COPY_OF_EVENT,
      `UPDATE audit_seals SET position = position + 1000
       WHERE position >= (SELECT position FROM audit_seals WHERE event_id = $event)`,
      'UPDATE audit_seals SET position = position - 999 WHERE position >= 1000',
      copyOfSeal('(SELECT position - 1 FROM audit_seals WHERE event_id = $event)', '$free'),
    ],
    'all seals': [COPY_OF_EVENT, 'DELETE FROM audit_seals'],
  },
  reorder: {
    event: swap('audit_events', 'id', '$event', '$other'),
    seal: [
      'UPDATE audit_seals SET position = position + 1000 WHERE event_id = $event',
      `UPDATE audit_seals SET position = (SELECT position - 1000 FROM audit_seals WHERE event_id = $event)
       WHERE event_id = $other`,
      `UPDATE audit_seals SET position = (SELECT position + 1 FROM audit_seals WHERE event_id = $other)
       WHERE event_id = $event`,
    ],
    both: [
      ...swap('audit_events', 'id', '$event', '$other'),
      ...swap('audit_seals', 'event_id', '$event', '$other'),
    ],
    'all seals': [
      'UPDATE audit_seals SET position = -position',
      `UPDATE audit_seals SET position = position + 1 + (SELECT count(*) FROM audit_seals)`,
    ],
  },
};
/** With the key altered, an attacker would have a verifier that believes the column look away. */
const alterKeys = (target: Target) =>
  `UPDATE audit_seals SET key_id = '${UNKNOWN_KEY}'${target === 'all seals' ? '' : ' WHERE event_id IN ($event, $other, $free)'}`;

const CELLS = (['change', 'delete', 'insert', 'reorder'] as const).flatMap((act) =>
  (['event', 'seal', 'both', 'all seals'] as const).flatMap((target) =>
    (['kept', 'altered'] as const).map((key): [Act, Target, Key] => [act, target, key]),
  ),
);

describe('an attacker who owns the database [ASVS 16.4.2]', () => {
  let app: TestApp;
  /** What the attacker aims at: two neighbours in the middle, and a number between sealed ones that is free. */
  let names: Record<string, string>;
  let sealing: AuditSealingService;
  let verification: AuditVerificationService;
  beforeAll(async () => {
    app = await startApp();
    sealing = app.nest.get(Sealing, { strict: false });
    verification = app.nest.get(Verification, { strict: false });
    await newSession(app.http);
    const [free] = await app.database.sql<{ id: string }>(
      `SELECT nextval(pg_get_serial_sequence('audit_events', 'id')) AS id`,
    );
    for (let i = 0; i < 3; i++) await newSession(app.http);
    await seal();
    await seal();
    const ids = await app.database.sql<{ id: string }>(
      'SELECT event_id AS id FROM audit_seals WHERE event_id > $1 ORDER BY position LIMIT 3',
      [free!.id],
    );
    names = { $free: free!.id, $event: ids[1]!.id, $other: ids[2]!.id };
    for (const table of TABLES) {
      await app.database.sql(`CREATE TABLE kept_${table} AS TABLE ${table}`);
    }
  });
  afterAll(() => app.close());

  const cli = commandLine();
  const verify = (...words: string[]) =>
    cli(['audit', 'verify', ...words], testVariables(app.database.url));
  /** The same without the process of a command, which takes most of the time. */
  const faultCount = async () =>
    (await verification.verifyChain({ keys: [], starts: [] })).faultCount;
  /** Does at once what is done every minute. */
  const seal = async () => {
    await app.database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
    await app.database.settled();
  };
  /** Again once what was running has ended. */
  const sealTwice = async () => {
    await newSession(app.http);
    await seal();
    await seal();
  };
  /** At once, and stopped by no trigger. */
  const withoutTriggers = (statements: string[]) =>
    app.database.sql(
      [
        'ALTER TABLE audit_events ALTER id SET GENERATED BY DEFAULT',
        ...TABLES.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`),
        ...statements.map((one) => one.replaceAll(/\$(event|other|free)/g, (name) => names[name]!)),
        ...TABLES.map((table) => `ALTER TABLE ${table} ENABLE TRIGGER ALL`),
        'ALTER TABLE audit_events ALTER id SET GENERATED ALWAYS',
      ].join(';'),
    );
  /** As when every instance starts again. */
  const startAgain = () => sealing.recallChain();
  /** Puts everything back, for the next cell, while nothing is sealed. */
  const undo = async () => {
    const lock = new pg.Client({ connectionString: app.database.url });
    await lock.connect();
    await lock.query(`SELECT pg_advisory_lock(${LOCKS.auditSealing}, hashtext(current_schema()))`);
    await withoutTriggers(
      TABLES.flatMap((table) => [
        `DELETE FROM ${table}`,
        `INSERT INTO ${table} TABLE kept_${table}`,
      ]),
    );
    await startAgain();
    await lock.end();
  };

  afterEach(async () => {
    await undo();
    expect(await faultCount()).toBe(0);
  });

  it('finds nothing before', async () => {
    const { code, output } = await verify();
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^\d+ events are as they were sealed\.$/) as unknown,
    });
  });

  it.each(CELLS)('is found: %s · %s · key %s', async (act, target, key) => {
    const statements = TAMPERING[act][target];
    await withoutTriggers(key === 'altered' ? [...statements, alterKeys(target)] : statements);
    expect((await verify()).code).toBeGreaterThan(0);
    // The application is no oracle that seals for the attacker, neither running on nor started again.
    await seal();
    expect(await faultCount()).toBeGreaterThan(0);
    await startAgain();
    await sealTwice();
    expect(await faultCount()).toBeGreaterThan(0);
  });

  it.each([
    ['seals and head', ['DELETE FROM audit_seals', 'DELETE FROM audit_chain']],
    ['the head', ['DELETE FROM audit_chain']],
    ['the head, for one of another key', [`UPDATE audit_chain SET key_id = '${UNKNOWN_KEY}'`]],
    [
      'the head, for another one',
      [
        `UPDATE audit_chain SET state = replace(state, '"settledEventId":"', '"settledEventId":"0')`,
      ],
    ],
  ])(
    'leaves a mark for ever by taking %s and having the application seal again',
    async (_, act) => {
      await withoutTriggers(act);
      expect((await verify()).code).toBeGreaterThan(0);
      await startAgain();
      await sealTwice();
      expect((await verify()).output).toMatch(MARK);
    },
  );

  it('leaves a mark in a running application by emptying every table', async () => {
    await withoutTriggers(TABLES.map((table) => `DELETE FROM ${table}`));
    await sealTwice();
    expect((await verify()).output).toMatch(MARK);
  });

  it('is found when the newest events go together with their seals', async () => {
    await withoutTriggers([
      `DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_seals WHERE position > ${LAST} - 3)`,
      `DELETE FROM audit_seals WHERE position > ${LAST} - 3`,
    ]);
    expect((await verify()).output).toMatch(/^The seals of positions \d+ to \d+ are gone\.\n/);
    await startAgain();
    await seal();
    // The application saw it as well, and marked it for ever.
    expect((await verify()).output).toMatch(MARK);
  });

  it('slips no event in under a number that has just passed', async () => {
    const [free] = await app.database.sql<{ id: string }>(
      `SELECT nextval(pg_get_serial_sequence('audit_events', 'id')) AS id`,
    );
    await newSession(app.http);
    await seal();
    await withoutTriggers([COPY_OF_EVENT.replace('$free', free!.id)]);
    for (let i = 0; i < 3; i++) {
      expect((await verify()).output).toMatch(`Event ${free!.id} has no seal, and later ones do`);
      await seal();
    }
  });
});
