import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD, register } from './support/accounts.js';
import { startApp, type TestApp, testVariables } from './support/app.js';
import { commandLine } from './support/command-line.js';

describe('the chain over the audit trail [ASVS 16.4.2]', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
    for (let i = 0; i < 3; i++) await newSession(app.http);
    await app.database.settled();
  });
  afterAll(() => app.close());

  const cli = commandLine();
  const verify = (variables: Record<string, string> = {}) =>
    cli(['audit', 'verify'], { ...testVariables(app.database.url), ...variables });
  /** Does at once what is done every minute. */
  const seal = async () => {
    await app.database.sql(`SELECT graphile_worker.add_job('seal_audit_trail')`);
    await app.database.settled();
  };
  const countOf = async (table: string) => {
    const [row] = await app.database.sql(`SELECT count(*)::integer AS count FROM ${table}`);
    return row!.count as number;
  };
  /** As somebody who owns the database, and so is stopped by no trigger. */
  const tamper = async (table: string, statement: string, values: unknown[] = []) => {
    await app.database.sql(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
    try {
      await app.database.sql(statement, values);
    } finally {
      await app.database.sql(`ALTER TABLE ${table} ENABLE TRIGGER ALL`);
    }
  };

  it('holds every event, once, and says so', async () => {
    const before = await verify();
    expect(before.code).toBe(0);
    expect(before.output).toMatch(/\d+ are not sealed yet; that is done every minute\.$/);
    await seal();
    await seal();
    const count = await countOf('audit_events');
    expect(await countOf('audit_seals')).toBe(count);
    expect(await verify()).toEqual({ code: 0, output: `${count} events are as they were sealed.` });
  });

  it('is only added to', async () => {
    for (const statement of [
      `UPDATE audit_seals SET hash = ''`,
      'DELETE FROM audit_seals',
      'TRUNCATE audit_seals',
    ]) {
      await expect(app.database.sql(statement)).rejects.toThrow('history is only added to');
    }
  });

  it('stays whole when an account goes, with what was personal', async () => {
    const { http } = await newSession(app.http);
    await seal();
    expect((await http.delete('/api/users/me', { currentPassword: PASSWORD })).status).toBe(204);
    await seal();
    expect((await verify()).code).toBe(0);
  });

  it('takes events that were committed late', async () => {
    const [{ id }] = (await app.database.sql<{ id: string }>(
      `SELECT nextval(pg_get_serial_sequence('audit_events', 'id')) AS id`,
    )) as [{ id: string }];
    await newSession(app.http);
    await seal();
    await app.database.sql(
      `INSERT INTO audit_events (id, occurred_at, action, origin, subject_type, subject_id)
       OVERRIDING SYSTEM VALUE VALUES ($1, now(), 'user.updated', 'cli', 'user', 'late')`,
      [id],
    );
    await seal();
    expect(await countOf('audit_seals')).toBe(await countOf('audit_events'));
    expect((await verify()).code).toBe(0);
  });

  it.each([
    ['audit_events', `action = 'user.deleted'`, `action = 'user.signed_in'`, 'is not what it was'],
    ['audit_events', `ip = '192.0.2.1'`, `ip = '127.0.0.1'`, 'is not what it was'],
    [
      'audit_events',
      `occurred_at = occurred_at + interval '1 microsecond'`,
      `occurred_at = occurred_at - interval '1 microsecond'`,
      'is not what it was',
    ],
    ['audit_seals', `hash = reverse(hash)`, `hash = reverse(hash)`, 'is not what it was'],
    [
      'audit_personal_changes',
      `changes = jsonb_set(changes, '{username,new}', '"mallory"')`,
      undefined,
      'tells other personal values',
    ],
  ])('names the first event when somebody changes %s: %s', async (table, change, undo, told) => {
    const id = table === 'audit_events' ? 'id' : 'event_id';
    const action = table === 'audit_personal_changes' ? 'user.registered' : 'user.signed_in';
    const [event] = await app.database.sql<{ id: string; changes: object }>(
      `SELECT e.id, p.changes FROM audit_events e
       LEFT JOIN audit_personal_changes p ON p.event_id = e.id
       WHERE action = $1 AND EXISTS (SELECT FROM users WHERE id::text = subject_id)
       ORDER BY e.id LIMIT 1`,
      [action],
    );
    await tamper(table, `UPDATE ${table} SET ${change} WHERE ${id} = $1`, [event!.id]);
    const { code, output } = await verify();
    expect(code).not.toBe(0);
    expect(output).toContain(`Event ${event!.id} ${told}`);
    if (undo) await tamper(table, `UPDATE ${table} SET ${undo} WHERE ${id} = $1`, [event!.id]);
    else {
      await tamper(table, `UPDATE ${table} SET changes = $2 WHERE ${id} = $1`, [
        event!.id,
        event!.changes,
      ]);
    }
    expect((await verify()).code).toBe(0);
  });

  it('cannot be made up without the secret, and says what it cannot tell', async () => {
    const other = { APP_SECRET: 'another secret of more than thirty-two bytes, 0123456789' };
    const { code, output } = await verify(other);
    expect(code).toBe(0);
    expect(output).toContain('0 events are as they were sealed.');
    expect(output).toMatch(/\d+ were sealed under another APP_SECRET/);
  });

  it('names the first event that is gone', async () => {
    const { id } = await register(app.http);
    await seal();
    const [event] = await app.database.sql<{ id: string }>(
      'SELECT id FROM audit_events WHERE subject_id = $1',
      [id],
    );
    await tamper('audit_events', 'DELETE FROM audit_events WHERE id = $1', [event!.id]);
    const { code, output } = await verify();
    expect(code).not.toBe(0);
    expect(output).toContain(`Event ${event!.id} is gone.`);
  });
});
