import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { TEST_SECRET, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { logLines } from '../support/log-lines.js';
import { eventually, startInstance, type TestServer } from '../support/process.js';

const OTHER_SECRET = 'another secret of more than thirty-two bytes, 0123456789';
const TABLES = ['audit_events', 'audit_personal_changes', 'audit_seals', 'audit_chain'];
const EMPTY = TABLES.map((table) => `DELETE FROM ${table}`);
describe('the head of the audit chain [ASVS 16.4.2]', () => {
  let database: TestDatabase;
  let server: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    server = await start();
    await newSession(server.http);
    await seal();
    await keep('then');
  });
  afterAll(async () => {
    await server.stop();
    await database.close();
  });

  const start = (variables: Record<string, string> = {}) =>
    startInstance(database.url, {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PUBLIC_URL: 'https://accounts.example.com',
      EMAIL_VERIFICATION: 'none',
      BCRYPT_COST: '10',
      ...variables,
    });
  const restart = async (variables: Record<string, string> = {}) => {
    await server.stop();
    server = await start(variables);
  };
  const cli = commandLine();
  const verify = (words: string[] = [], variables: Record<string, string> = {}) =>
    cli(['audit', 'verify', ...words], { ...testVariables(database.url), ...variables });
  /** Does at once what is done every minute; returns the head that the log says. */
  const seal = async () => {
    const before = heads().length;
    await database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
    await eventually(() => heads().length > before, 'a head in the log');
    return heads().at(-1)!;
  };
  const heads = () =>
    logLines(server.output().slice(0, server.output().lastIndexOf('\n')))
      .filter(({ context, message }) => context === 'Audit' && message === 'chain.head')
      .map(({ head }) => head as string);
  const tamper = (statements: string[]) =>
    database.sql(
      [
        ...TABLES.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`),
        ...statements,
        ...TABLES.map((table) => `ALTER TABLE ${table} ENABLE TRIGGER ALL`),
      ].join(';'),
    );
  const keep = (name: string) =>
    database.sql(
      TABLES.map((table) => `CREATE TABLE ${name}_${table} AS TABLE ${table}`).join(';'),
    );
  const putBack = (name: string) => [
    ...EMPTY,
    ...TABLES.map((table) => `INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE ${name}_${table}`),
  ];

  it('stands in the log every minute, and is found again', async () => {
    const first = await seal();
    await newSession(server.http);
    const second = await seal();
    expect(first).toMatch(/^\d+:[\w-]{43}:\d+:[\w-]{43}$/);
    expect(second).not.toBe(first);
    for (const head of [first, second]) {
      expect((await verify(['--head', head])).code).toBe(0);
    }
  });

  it('is refused when it is no head, or was not written by the application', async () => {
    const head = await seal();
    const [position, hash, count, signature] = head.split(':');
    for (const other of ['x', `${position}:${hash}`, head.slice(0, -1)]) {
      expect((await verify(['--head', other])).output).toContain('--head takes');
    }
    const forged = [
      [Number(position) - 1, hash, Number(count) - 1, signature],
      [position, [...hash!].toReversed().join(''), count, signature],
      [position, hash, count, [...signature!].toReversed().join('')],
    ];
    for (const parts of forged) {
      const { code, output } = await verify(['--head', parts.join(':')]);
      expect(code).not.toBe(0);
      expect(output).toContain('was not written under APP_SECRET');
    }
  });

  it('shows older tables that an attacker put back, which are whole in themselves', async () => {
    await keep('now');
    const head = await seal();
    await server.stop();
    await tamper(putBack('then'));
    expect((await verify()).code).toBe(0);
    const { code, output } = await verify(['--head', head]);
    expect(code).not.toBe(0);
    expect(output).toContain('it is shorter, or another');
    await tamper(putBack('now'));
    server = await start();
  });

  it('is remembered by a running application, which marks older tables for ever', async () => {
    await keep('running');
    await tamper(putBack('then'));
    await seal();
    expect(server.output()).toContain('The audit chain is not as it was left');
    const { code, output } = await verify();
    expect(code).not.toBe(0);
    expect(output).toMatch(/The seals of positions \d+ to \d+ are gone\./);
    expect(output).toMatch(/Accept it with: --accept-start \d+:[\w-]{16}/);
    await server.stop();
    await tamper(putBack('running'));
    server = await start();
  });

  it('is signed by both keys when APP_SECRET changes', async () => {
    const before = await seal();
    const renewed = { APP_SECRET: OTHER_SECRET, APP_SECRET_PREVIOUS: TEST_SECRET };
    await database.sql('DELETE FROM signing_keys');
    await restart(renewed);
    await newSession(server.http);
    const after = await seal();
    for (const head of [before, after]) {
      expect((await verify(['--head', head], renewed)).code).toBe(0);
    }
    const without = await verify([], { APP_SECRET: OTHER_SECRET });
    expect(without.code).not.toBe(0);
    const [, accepted] = /--accept-key ([\w-]{16}:\d+)/.exec(without.output)!;
    const { code, output } = await verify(['--accept-key', accepted!], {
      APP_SECRET: OTHER_SECRET,
    });
    expect(code).toBe(0);
    expect(output).toContain('nothing can be proven of them');

    const [old, current] = (
      await database.sql<{ id: string }>(
        'SELECT key_id AS id FROM audit_seals GROUP BY key_id ORDER BY min(position)',
      )
    ).map(({ id }) => id);
    for (const [from, to] of [
      [old, current],
      [current, old],
    ]) {
      // One at the border between them.
      const order = from === old ? 'DESC' : 'ASC';
      const change = (a: string, b: string) =>
        tamper([
          `UPDATE audit_seals SET key_id = '${b}' WHERE position =
             (SELECT position FROM audit_seals WHERE key_id = '${a}' ORDER BY position ${order} LIMIT 1)`,
        ]);
      await keep(`key_${from === old ? 'old' : 'new'}`);
      await change(from!, to!);
      expect((await verify([], renewed)).code).not.toBe(0);
      expect(
        (await verify(['--accept-key', accepted!], { APP_SECRET: OTHER_SECRET })).code,
      ).not.toBe(0);
      await tamper(putBack(`key_${from === old ? 'old' : 'new'}`));
    }
    expect((await verify([], renewed)).code).toBe(0);
    await keep('changed');
  });

  it('goes on under a new APP_SECRET when the old one is lost, and says what that costs', async () => {
    const lost = { APP_SECRET: 'a third secret, since the second was lost: 9876543210 abcdef' };
    await database.sql('DELETE FROM signing_keys');
    await restart(lost);
    await newSession(server.http);
    await seal();
    const { code, output } = await verify([], lost);
    expect(code).not.toBe(0);
    const keys = [...output.matchAll(/--accept-key ([\w-]{16}:\d+)/g)].map(([, key]) => key!);
    expect(keys.length).toBeGreaterThan(0);
    expect((await verify(['--accept-key', ...keys], lost)).code).toBe(0);
    const onlyIds = keys.map((key) => key.split(':')[0]!);
    expect((await verify(['--accept-key', ...onlyIds], lost)).code).toBe(0);
  });
});
