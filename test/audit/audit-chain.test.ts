import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newSession, PASSWORD, register } from '../support/accounts.js';
import { eventually } from '../support/process.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';

describe('the chain over the audit trail', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
    for (let i = 0; i < 3; i++) await newSession(app.http);
    await app.database.settled();
  });
  afterAll(() => app.close());

  const cli = commandLine();
  const verify = () => cli(['audit', 'verify'], testVariables(app.database.url));
  /** Does at once what is done every minute. */
  const seal = async () => {
    await app.database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
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
    // The job of this minute may just have sealed all there is.
    await eventually(async () => {
      await newSession(app.http);
      const { code, output } = await verify();
      expect(code).toBe(0);
      return /\d+ are not sealed yet; that is done every minute\.$/.test(output);
    }, 'an event that is not sealed yet');
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

  it('takes events whose transaction was running when later ones were sealed', async () => {
    const late = new pg.Client({ connectionString: app.database.url });
    await late.connect();
    await late.query('BEGIN');
    await late.query(
      `INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id)
       VALUES (now(), 'user.updated', 'cli', 'user', 'late')`,
    );
    await newSession(app.http);
    await seal();
    await newSession(app.http);
    await seal();
    await late.query('COMMIT');
    await late.end();
    expect((await verify()).code).toBe(0);
    await seal();
    expect(await countOf('audit_seals')).toBe(await countOf('audit_events'));
    expect((await verify()).code).toBe(0);
  });

  it('counts positions from 1, and loses none to an attempt that fails', async () => {
    await newSession(app.http);
    await app.database.sql(
      'ALTER TABLE audit_chain ADD CONSTRAINT refused CHECK (false) NOT VALID',
    );
    await seal();
    await app.database.sql('ALTER TABLE audit_chain DROP CONSTRAINT refused');
    await seal();
    const [row] = await app.database.sql(
      'SELECT min(position)::int AS first, max(position) = count(*) AS whole FROM audit_seals',
    );
    expect(row).toEqual({ first: 1, whole: true });
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
      'audit_events',
      `changes = changes || '{"isSuperuser": null}'`,
      `changes = changes - 'isSuperuser'`,
      'is not what it was',
    ],
    [
      'audit_personal_changes',
      `user_id = '00000000-0000-4000-8000-000000000000'`,
      undefined,
      'tells other personal values',
    ],
    [
      'audit_personal_changes',
      `changes = jsonb_set(changes, '{username,new}', '"mallory"')`,
      undefined,
      'tells other personal values',
    ],
  ])('names the first event when somebody changes %s: %s', async (table, change, undo, told) => {
    const id = table === 'audit_events' ? 'id' : 'event_id';
    const action = table === 'audit_personal_changes' ? 'user.registered' : 'user.signed_in';
    const [event] = await app.database.sql<{ id: string; changes: object; owner: string }>(
      `SELECT e.id, p.changes, p.user_id AS owner FROM audit_events e
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
      await tamper(table, `UPDATE ${table} SET changes = $2, user_id = $3 WHERE ${id} = $1`, [
        event!.id,
        event!.changes,
        event!.owner,
      ]);
    }
    expect((await verify()).code).toBe(0);
  });

  it('cannot be made up without the secret, and is not believed without it', async () => {
    const other = { APP_SECRET: 'another secret of more than thirty-two bytes, 0123456789' };
    const refused = await cli(['audit', 'verify'], {
      ...testVariables(app.database.url),
      ...other,
    });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('0 events are as they were sealed.');
    const [, id] = /--accept-key ([\w-]{16})\b/.exec(refused.output)!;
    const accepted = await cli(['audit', 'verify', '--accept-key', id!], {
      ...testVariables(app.database.url),
      ...other,
    });
    expect(accepted.code).toBe(0);
    expect(accepted.output).toMatch(
      /\d+ were sealed under another APP_SECRET: nothing can be proven of them/,
    );
    const wrong = ['audit', 'verify', '--accept-key', 'AAAAAAAAAAAAAAAA'];
    expect((await cli(wrong, { ...testVariables(app.database.url), ...other })).code).not.toBe(0);
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
