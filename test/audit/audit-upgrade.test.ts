import { createHmac, hkdfSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TEST_SECRET, testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually, startInstance } from '../support/process.js';

const { loadConfig } = await built<typeof import('../../src/platform/config/load-config.js')>(
  'src/platform/config/load-config.js',
);
const { Declarations } = await built<typeof import('../../src/common/declarations.js')>(
  'src/common/declarations.js',
);
const { createDataSource } = await built<
  typeof import('../../src/platform/database/data-source.js')
>('src/platform/database/data-source.js');
const { Logger } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { migrate, revertLatest } = await built<
  typeof import('../../src/platform/database/migrate.js')
>('src/platform/database/migrate.js');

const OLD_SECRET = 'the secret before, of more than thirty-two bytes, 0123456789';

/** The key of a secret, as version 0.1 derived it. */
const keyOf = (secret: string) =>
  Buffer.from(hkdfSync('sha256', secret, '', 'gatehouse:audit-chain', 32));
const mac = (key: Buffer, text: string) =>
  createHmac('sha256', key).update(text).digest('base64url');

describe('a chain that version 0.1 made', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
    const dataSource = await createDataSource(
      loadConfig(testVariables(database.url)),
      new Declarations(),
      false,
    );
    Logger.overrideLogger(false);
    await dataSource.initialize();
    for (;;) {
      const [table] = await database.sql<{ name: string | null }>(
        `SELECT to_regclass('audit_chain')::text AS name`,
      );
      if (table!.name === null) break;
      await revertLatest(dataSource, { isOfProduct: false }, () => undefined);
    }
    await database.sql(`
      INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id, changes)
      SELECT now() - interval '9 days', 'user.updated', 'cli', 'user', i, '{"name": {"old": null, "new": "x"}}'
      FROM generate_series(1, 12) AS i`);
    // Numbers of a sequence are lost with the attempts that fail, at the beginning and later.
    await sealAsBefore(OLD_SECRET, 4, 5);
    await sealAsBefore(TEST_SECRET, 7, 30);
    await migrate(dataSource, () => undefined);
    await dataSource.destroy();
  });
  afterAll(() => database.close());

  /** Seals the next events as version 0.1 did, beginning with a position. */
  const sealAsBefore = async (secret: string, count: number, first: number) => {
    const key = keyOf(secret);
    const [last] = await database.sql<{ hash: string }>(
      'SELECT hash FROM audit_seals ORDER BY position DESC LIMIT 1',
    );
    let previous = last?.hash ?? '';
    await database.sql(
      `SELECT setval(pg_get_serial_sequence('audit_seals', 'position'), $1, false)`,
      [first],
    );
    const events = await database.sql<{ id: string; content: string }>(
      `SELECT id, jsonb_strip_nulls(to_jsonb(e))::text AS content FROM audit_events e
       WHERE id > (SELECT coalesce(max(event_id), 0) FROM audit_seals) ORDER BY id LIMIT $1`,
      [count],
    );
    for (const { id, content } of events) {
      previous = mac(key, `${previous}::${content}`);
      await database.sql('INSERT INTO audit_seals (event_id, key_id, hash) VALUES ($1, $2, $3)', [
        id,
        mac(key, 'key id').slice(0, 16),
        previous,
      ]);
    }
  };
  const cli = commandLine();
  const verify = (variables: Record<string, string> = {}, words: string[] = []) =>
    cli(['audit', 'verify', ...words], { ...testVariables(database.url), ...variables });
  const BOTH = { APP_SECRET_PREVIOUS: OLD_SECRET };
  const withoutTriggers = (statement: string) =>
    database.sql(
      `ALTER TABLE audit_events DISABLE TRIGGER ALL; ALTER TABLE audit_seals DISABLE TRIGGER ALL;
       ${statement};
       ALTER TABLE audit_events ENABLE TRIGGER ALL; ALTER TABLE audit_seals ENABLE TRIGGER ALL`,
    );

  it('is not whole before the application has taken it over', async () => {
    const { code, output } = await verify(BOTH);
    expect(code).not.toBe(0);
    expect(output).toContain('After an update from version 0.1 the application writes it');
    expect(output).toMatch(/\n11 events are as they were sealed\.$/);
  });

  it('stays verifiable, says what was missing, and does not prove what had no seal', async () => {
    const server = await startInstance(database.url);
    await database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
    await eventually(
      async () => (await database.sql('SELECT FROM audit_chain')).length > 0,
      'the takeover',
    );
    await database.settled();
    await server.stop();
    // The event without a seal is of nine days ago.
    const { code, output } = await verify(BOTH);
    expect(code).not.toBe(0);
    const [, start] = /--accept-start (\S+)/.exec(output)!;
    const accepted = await verify(BOTH, ['--accept-start', start!]);
    expect(accepted.code).toBe(0);
    expect(accepted.output).toMatch(
      /^\d+ events are as they were sealed\.\n25 positions were already missing/,
    );
    // The first four were sealed under a secret that is not given here.
    const alone = await verify({}, ['--accept-start', start!]);
    expect(alone.code).not.toBe(0);
    const [, key] = /Positions 5 to 8 .* --accept-key (\S+)/.exec(alone.output)!;
    const words = ['--accept-start', start!, '--accept-key', key!];
    expect((await verify({}, words)).code).toBe(0);

    for (const [change, undo] of [
      [
        `UPDATE audit_events SET subject_id = 'y' WHERE id = 6`,
        `UPDATE audit_events SET subject_id = '6' WHERE id = 6`,
      ],
      // Found although nothing of that key can be proven: where it was in use was signed.
      [
        `UPDATE audit_seals SET key_id = '${key!.split(':')[0]}' WHERE position = 30`,
        `UPDATE audit_seals SET key_id = (SELECT key_id FROM audit_seals WHERE position = 31) WHERE position = 30`,
      ],
      // Nothing but the number that is missing shows this one: no hash of that key can be verified.
      [
        `CREATE TABLE kept_seals AS TABLE audit_seals; DELETE FROM audit_seals WHERE position = 6;
         CREATE TABLE kept_events AS TABLE audit_events; DELETE FROM audit_events WHERE id = 2`,
        `INSERT INTO audit_seals TABLE kept_seals ON CONFLICT DO NOTHING; DROP TABLE kept_seals;
         INSERT INTO audit_events OVERRIDING SYSTEM VALUE TABLE kept_events ON CONFLICT DO NOTHING;
         DROP TABLE kept_events`,
      ],
      [
        'UPDATE audit_seals SET form = 2 WHERE position = 33',
        'UPDATE audit_seals SET form = 1 WHERE position = 33',
      ],
    ]) {
      await withoutTriggers(change!);
      expect((await verify({}, words)).code).not.toBe(0);
      await withoutTriggers(undo!);
      expect((await verify({}, words)).code).toBe(0);
    }
  });
});
