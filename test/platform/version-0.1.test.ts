import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Tokens } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually, ROOT, startServer, type TestServer } from '../support/process.js';
import { type EmailServer, startEmailServer } from '../support/smtp.js';

const FIXTURE = join(ROOT, 'test/fixtures/version-0.1');

/** What an installation of version 0.1 gave to the people who use it. */
interface Secrets {
  madeAt: string;
  APP_SECRET: string;
  PUBLIC_URL: string;
  /** The password of everybody who is not in `passwords`. */
  password: string;
  passwords: Record<string, string | null>;
  sessions: { username: string; accessToken: string; refreshToken: string }[];
  browsers: { username: string; cookie: string }[];
}

const secrets = JSON.parse(readFileSync(join(FIXTURE, 'secrets.json'), 'utf8')) as Secrets;

/** A database as version 0.1 left it a moment ago: what expires soon is as old as when the fixture was made. */
async function restore({ url }: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(gunzipSync(readFileSync(join(FIXTURE, 'database.sql.gz'))).toString());
  const age = `(now() - '${secrets.madeAt}'::timestamptz)`;
  await client.query(`
    SET search_path = public;
    UPDATE one_time_tokens SET created_at = created_at + ${age}, expires_at = expires_at + ${age};
    UPDATE federation_attempts SET created_at = created_at + ${age}, expires_at = expires_at + ${age};
    UPDATE mails SET created_at = created_at + ${age}, queued_at = queued_at + ${age};
    UPDATE graphile_worker._private_jobs SET run_at = now();
    ALTER TABLE audit_events DISABLE TRIGGER USER;
    UPDATE audit_events AS e SET occurred_at = occurred_at + ${age}
    WHERE NOT EXISTS (SELECT FROM audit_seals WHERE event_id = e.id);
    ALTER TABLE audit_events ENABLE TRIGGER USER`);
  await client.end();
}

describe('an installation of version 0.1', () => {
  let database: TestDatabase;
  let server: TestServer;
  let mailbox: EmailServer;
  let variables: Record<string, string>;
  let before: Awaited<ReturnType<typeof held>>;
  /** What the database holds and an update has to keep. */
  const held = async () => ({
    users: await database.sql('SELECT id, username, email, password_hash FROM users ORDER BY id'),
    powers: await database.sql(
      `SELECT user_id, name FROM user_roles JOIN roles ON roles.id = role_id
       UNION ALL SELECT user_id, permission_codename FROM user_permissions ORDER BY 1, 2`,
    ),
    grants: await database.sql(
      `SELECT name, permission_codename FROM role_permissions JOIN roles ON roles.id = role_id
       WHERE name <> 'admin' ORDER BY 1, 2`,
    ),
    identities: await database.sql('SELECT * FROM federated_identities ORDER BY id'),
    events: await database.sql('SELECT id, action, occurred_at FROM audit_events ORDER BY id'),
  });

  beforeAll(async () => {
    database = await createDatabase('template0');
    await restore(database);
    before = await held();
    mailbox = await startEmailServer();
    const { APP_SECRET, PUBLIC_URL } = secrets;
    variables = {
      ...testVariables(database.url),
      APP_SECRET,
      PUBLIC_URL,
      SMTP_URL: mailbox.url,
      // As it was: a retired key counts for as long as its tokens live.
      ACCESS_TOKEN_TTL: '3650d',
      SESSION_IDLE_TTL: '3650d',
      SESSION_ABSOLUTE_TTL: '3650d',
    };
    server = await startServer(variables);
  });
  afterAll(async () => {
    await server.stop();
    await mailbox.close();
    await database.close();
  });
  const cli = commandLine();
  const command = (...words: string[]) => cli(words, variables);

  it('keeps everybody with their hashes, powers, identities and history', async () => {
    expect(before.users).toHaveLength(1_000);
    const { events, ...rest } = await held();
    const { events: eventsBefore, ...restBefore } = before;
    expect(rest).toEqual(restBefore);
    expect(events.slice(0, eventsBefore.length)).toEqual(eventsBefore);
  });

  it('lets the holders of its access tokens in, whichever key signed them', async () => {
    const kids = new Set<string>();
    for (const { username, accessToken } of secrets.sessions) {
      const answer = await server.http.as(accessToken).get('/api/users/me');
      expect(answer).toMatchObject({ status: 200, body: { username } });
      const [header] = accessToken.split('.');
      kids.add((JSON.parse(Buffer.from(header!, 'base64url').toString()) as { kid: string }).kid);
    }
    expect(kids.size).toBe(2);
  });

  it('renews its sessions with their refresh tokens', async () => {
    for (const { username, refreshToken } of secrets.sessions) {
      const answer = await server.http.post<Tokens>('/api/auth/refresh', { refreshToken });
      expect(answer).toMatchObject({ status: 200, body: { user: { username } } });
    }
  });

  it('knows its browsers by their cookies', async () => {
    for (const { username, cookie } of secrets.browsers) {
      const page = await server.http.get('/accounts/profile', { cookie, accept: 'text/html' });
      expect(page.status).toBe(200);
      expect(page.text).toContain(username);
    }
  });

  it('signs everybody in with the passwords that they had', async () => {
    const accounts = await database.sql<{ username: string; active: boolean }>(
      `SELECT username, is_active AS active FROM users WHERE username LIKE 'person005_' OR username LIKE 'registered%'`,
    );
    const passwords = accounts.map(
      ({ username, active }) => [username, secrets.password, active] as const,
    );
    const others = Object.entries(secrets.passwords).map(
      ([username, password]) => [username, password ?? '!', password !== null] as const,
    );
    expect(passwords.filter(([, , active]) => !active).length).toBeGreaterThan(0);
    for (const [username, password, may] of [...passwords, ...others]) {
      const { status } = await server.http.post('/api/auth/login', { username, password });
      expect([username, status]).toEqual([username, may ? 200 : 401]);
    }
  });

  it('keeps a password disabled that attackers had guessed at', async () => {
    const credentials = { username: 'person0010', password: secrets.password };
    expect((await server.http.post('/api/auth/login', credentials)).status).toBe(401);
  });

  it('sends the emails that waited, in the words of today', async () => {
    await database.settled();
    const waiting = mailbox.mails.filter(({ to }) => to.endsWith('@waiting.example'));
    const texts = Object.fromEntries(waiting.map(({ to, text }) => [to.split('@')[0], text]));
    expect(Object.keys(texts)).toHaveLength(13);
    for (const text of Object.values(texts)) expect(text).not.toMatch(/undefined|null|NaN/);
    // What is new in the data of an email is missing in those of 0.1.
    for (const name of ['email-verified', 'email-changed', 'email-changed-by-administrator']) {
      expect(texts[name]).not.toContain('username');
    }
    expect(await database.sql(`SELECT template FROM mails`)).toEqual([
      { template: 'account_deleted' },
    ]);
  });

  it('does the jobs that waited, and takes the links of its emails', async () => {
    const use = async (address: string, path: string, fields = {}) => {
      await eventually(() => mailbox.unread(address).length > 0, `an email to ${address}`);
      let status = 0;
      for (const subject of mailbox.unread(address)) {
        const { text } = await mailbox.next(address, subject);
        const token = /token=([\w-]+)/.exec(text)?.[1];
        if (!token) continue;
        ({ status } = await server.http.post(path, { token, ...fields }));
        if (status === 204) break;
      }
      return status;
    };
    // Asked for in the last moment of 0.1, and written by the new version.
    expect(await use('registered11@example.com', '/api/account/email/verify')).toBe(204);
    expect(await use('fourth@example.net', '/api/account/email/verify')).toBe(204);
    expect(await use('registered3@example.com', '/api/account/email/undo')).toBe(204);
    const newPassword = 'another horse battery staple';
    const reset = '/api/account/password/reset/confirm';
    expect(await use('registered5@example.com', reset, { newPassword })).toBe(204);
  });

  it('has an audit trail that verifies', async () => {
    await database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
    await eventually(
      async () => (await database.sql('SELECT FROM audit_chain')).length > 0,
      'the takeover of the chain',
    );
    await database.settled();
    const { code, output } = await command('audit', 'verify');
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/^\d+ events are as they were sealed\.$/m),
    ]);
  });

  it('has nothing that check finds', async () => {
    const { code, output } = await command('check', '--json');
    expect([JSON.parse(output), code]).toEqual([{ deploy: false, findings: [] }, 0]);
  });

  it('shows an administrator the provider, whose secret it can open', async () => {
    const { username, password } = { username: 'olivia', password: secrets.password };
    const { body } = await server.http.post<Tokens>('/api/auth/login', { username, password });
    const providers = await server.http.as(body.accessToken).get('/api/identity-providers');
    expect(providers.body).toMatchObject({ items: [{ name: 'work', label: 'Work' }] });
  });
});
