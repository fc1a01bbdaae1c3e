import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newUsername, PASSWORD, register } from './support/accounts.js';
import { superuserSession } from './support/administrators.js';
import { startApp, type TestApp } from './support/app.js';
import { createDatabase, type TestDatabase } from './support/database.js';
import { startHostileProvider } from './support/hostile-provider.js';
import type { HttpClient } from './support/http.js';
import { eventually, startInstance, type TestServer } from './support/process.js';
import { Visitor } from './support/visitor.js';

const PROFILE = '/accounts/profile';
const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
const profileOf = async (visitor: Visitor) => (await visitor.get(PROFILE)).text;

/** Somebody who is signed in with a browser and has seen their profile. */
async function signedIn(http: HttpClient) {
  const { username, id } = await register(http);
  const visitor = new Visitor(http);
  await visitor.post('/accounts/login', { username, password: PASSWORD });
  await profileOf(visitor);
  return { username, id, visitor };
}

/** Changes a row without a trigger that tells: who shows it has read it anew. */
const silently = async ({ sql }: TestDatabase, statement: string) =>
  sql(`BEGIN; SET LOCAL session_replication_role = replica; ${statement}; COMMIT`);

const connect = async (
  { sql }: TestDatabase,
  userId: string,
  knownAs: string,
  issuer = 'https://idp.example',
) =>
  sql(
    `INSERT INTO federated_identities (user_id, issuer, subject, known_as, created_at, last_used_at)
     VALUES ($1, $3, $2, $2, now(), now())`,
    [userId, knownAs, issuer],
  );

describe('the profile, from memory', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const shows = async (visitor: Visitor, text: string) =>
    eventually(async () => (await profileOf(visitor)).includes(text), `the profile shows ${text}`);

  it('is not read again, nor when its owner signs in elsewhere or somebody guesses the password', async () => {
    const { visitor, id, username } = await signedIn(app.http);
    await app.database.settled();
    await profileOf(visitor);
    await silently(app.database, `UPDATE users SET first_name = 'Silent' WHERE id = '${id}'`);
    expect(await profileOf(visitor)).not.toContain('Silent');
    for (const password of ['wrong', PASSWORD]) {
      await app.http.post('/api/auth/login', { username, password });
    }
    expect(await profileOf(visitor)).not.toContain('Silent');
    await app.database.sql(`UPDATE users SET last_name = 'Told' WHERE id = $1`, [id]);
    await shows(visitor, 'Told');
    expect(await profileOf(visitor)).toContain('Silent');
  });

  it('shows what its owner changes with the next request, by page and by API', async () => {
    const { visitor, username } = await signedIn(app.http);
    const { body } = await app.http.post<{ accessToken: string }>('/api/auth/login', {
      username,
      password: PASSWORD,
    });
    const http = app.http.as(body.accessToken);
    for (let round = 0; round < 10; round++) {
      await visitor.post(PROFILE, { firstName: `Page${round}`, lastName: 'x' });
      expect(await profileOf(visitor)).toContain(`Page${round}`);
      await http.patch('/api/users/me', { firstName: `Api${round}` });
      expect(await profileOf(visitor)).toContain(`Api${round}`);
    }
  });

  it('shows what an administrator changes with the next request', async () => {
    const { visitor, id } = await signedIn(app.http);
    const admin = await superuserSession(app);
    await admin.http.patch(`/api/users/${id}`, { email: 'moved@example.com' });
    expect(await profileOf(visitor)).toContain('moved@example.com');
    await admin.http.patch(`/api/users/${id}`, { isActive: false });
    expect((await visitor.get(PROFILE)).status).not.toBe(200);
  });

  it.each([
    ['username', `'renamed' || left(id::text, 8)`, 'renamed'],
    ['email', `'other@example.com'`, 'other@example.com'],
    ['email_verified_at', 'now()', '>confirmed<'],
    ['first_name', `'Other'`, 'value="Other"'],
    ['last_name', `'Else'`, 'value="Else"'],
    ['is_superuser', 'true', '>superuser<'],
  ])('shows another %s that was made by hand', async (column, value, shown) => {
    const { visitor, id } = await signedIn(app.http);
    await app.database.settled();
    expect(await profileOf(visitor)).not.toContain(shown);
    await app.database.sql(`UPDATE users SET ${column} = ${value} WHERE id = $1`, [id]);
    await shows(visitor, shown);
  });

  it('shows a change of very many accounts at once', async () => {
    const { visitor } = await signedIn(app.http);
    await app.database.sql(
      `INSERT INTO users (username, username_key, email, email_key, password_hash)
       SELECT 'm' || n, 'm' || n, '', 'm' || n, '!' FROM generate_series(1, 1500) AS n`,
    );
    await app.database.sql(`UPDATE users SET last_name = 'Everybody'`);
    await shows(visitor, 'Everybody');
  });

  it('shows identities that come, change, move and go', async () => {
    const { sql } = app.database;
    const { visitor, id } = await signedIn(app.http);
    const other = await signedIn(app.http);
    await connect(app.database, id, 'ann@idp.example');
    await shows(visitor, 'ann@idp.example');
    expect(await profileOf(other.visitor)).not.toContain('ann@idp.example');
    await sql(`UPDATE federated_identities SET known_as = 'eve@idp.example' WHERE user_id = $1`, [
      id,
    ]);
    await shows(visitor, 'eve@idp.example');
    await sql('UPDATE federated_identities SET user_id = $2 WHERE user_id = $1', [id, other.id]);
    await shows(other.visitor, 'eve@idp.example');
    expect(await profileOf(visitor)).not.toContain('eve@idp.example');
    await sql('DELETE FROM federated_identities WHERE user_id = $1', [other.id]);
    await eventually(
      async () => !(await profileOf(other.visitor)).includes('eve@idp.example'),
      'it is gone',
    );
    await connect(app.database, id, 'last@idp.example');
    await shows(visitor, 'last@idp.example');
    await sql('TRUNCATE federated_identities');
    await eventually(
      async () => !(await profileOf(visitor)).includes('last@idp.example'),
      'all are gone',
    );
  });

  it('shows a provider that is added, renamed and deleted with the next request, as the login page does', async () => {
    const provider = await startHostileProvider();
    const connected = await signedIn(app.http);
    const { visitor } = await signedIn(app.http);
    await connect(app.database, connected.id, 'ann@idp.example', provider.issuer);
    await shows(connected.visitor, `<strong>${provider.issuer}</strong> ann@idp.example`);
    const { http } = await superuserSession(app);
    const expectCalled = async (label: string | undefined) => {
      const pages = [
        await profileOf(visitor),
        (await new Visitor(app.http).get('/accounts/login')).text,
        (await new Visitor(app.http).get('/accounts/register')).text,
        (await app.http.get('/api/auth/federation')).text,
      ];
      expect(pages.map((text) => /[A-Z]\w+ Company/.exec(text)?.[0])).toEqual(
        pages.map(() => label),
      );
      const text = textOf(await profileOf(connected.visitor));
      expect(text).toContain(`Sign in with ${label ?? provider.issuer} ann@idp.example`);
      // With whom they are connected already.
      expect(text).not.toContain('Connect ');
    };
    await expectCalled(undefined);
    const { body } = await http.post<{ id: string }>('/api/identity-providers', {
      name: newUsername(),
      label: 'Big Company',
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: provider.clientSecret,
    });
    await expectCalled('Big Company');
    await http.patch(`/api/identity-providers/${body.id}`, { label: 'Small Company' });
    await expectCalled('Small Company');
    await http.delete(`/api/identity-providers/${body.id}`);
    await expectCalled(undefined);
    await provider.close();
  });

  it('is shown to nobody whose account is gone or whose session has ended', async () => {
    const { visitor, id } = await signedIn(app.http);
    const other = await signedIn(app.http);
    expect(await profileOf(other.visitor)).toContain(other.username);
    await app.database.sql('DELETE FROM users WHERE id = $1', [id]);
    await eventually(async () => (await visitor.get(PROFILE)).status === 303, 'nobody any more');
    const cookie = other.visitor.header;
    await other.visitor.post('/accounts/logout');
    const replayed = await app.http.get(PROFILE, { cookie, accept: 'text/html' });
    expect({ status: replayed.status, text: replayed.text }).toEqual({ status: 303, text: '' });
  });
});

describe('a change of an account', () => {
  let database: TestDatabase;
  let listener: pg.Client;
  let told: string[];
  beforeAll(async () => {
    database = await createDatabase();
    await database.sql('ALTER TABLE users ADD COLUMN shoe_size numeric, ADD COLUMN extra json');
    await database.sql(
      `INSERT INTO users (username, username_key, email, email_key, password_hash)
       SELECT 'm' || n, 'm' || n, '', '', '!' FROM generate_series(1, 1002) AS n`,
    );
    listener = new pg.Client({ connectionString: database.url });
    listener.on('notification', ({ payload }) => told.push(payload!));
    await listener.connect();
    await listener.query('LISTEN gatehouse_changes');
  });
  afterAll(async () => {
    await listener.end();
    await database.close();
  });

  /** What is announced of accounts when the first so many are changed; accounts by their number. */
  async function announced(set: string, howMany = 1): Promise<string[]> {
    told = [];
    const rows = await database.sql<{ id: string; username: string }>(
      `UPDATE users SET ${set} WHERE substr(username, 2)::int <= $1 RETURNING id, username`,
      [howMany],
    );
    await listener.query('SELECT 1');
    const names = new Map(rows.map(({ id, username }) => [`account:${id}`, username]));
    return told
      .filter((payload) => payload.startsWith('account:'))
      .map((payload) => names.get(payload) ?? payload)
      .toSorted();
  }

  it('is announced in whatever column, also in one that a host has added', async () => {
    expect(await announced(`first_name = 'Ann'`)).toEqual(['m1']);
    expect(await announced('shoe_size = 1.0')).toEqual(['m1']);
    expect(await announced('shoe_size = 1.00')).toEqual(['m1']);
    expect(await announced(`extra = '{"a": 1}'`)).toEqual(['m1']);
    expect(await announced(`last_name = username`, 3)).toEqual(['m1', 'm2', 'm3']);
  });

  it('is not when nothing is different, or nothing that is shown: sign-ins do not wait for one another', async () => {
    expect(await announced(`first_name = 'Ann'`)).toEqual([]);
    expect(await announced('last_login_at = now()')).toEqual([]);
    expect(await announced(`password_hash = '!2', password_rehashed_at = now()`)).toEqual([]);
  });

  it('names each account, unless they are very many', async () => {
    expect(await announced(`first_name = 'Eve'`, 1_000)).toHaveLength(1_000);
    expect(await announced(`first_name = 'Bob'`, 1_001)).toEqual(['account:*']);
  });
});

describe('the profile on two instances', () => {
  let database: TestDatabase;
  let a: TestServer;
  let b: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    [a, b] = await Promise.all([startInstance(database.url), startInstance(database.url)]);
  });
  afterAll(async () => {
    await Promise.all([a.stop(), b.stop()]);
    await database.close();
  });

  it('shows on one what was changed on the other', async () => {
    const { visitor, id } = await signedIn(a.http);
    const elsewhere = new Visitor(b.http);
    for (const [name, value] of visitor.cookies) elsewhere.cookies.set(name, value);
    const showsOnB = async (text: string) =>
      eventually(async () => (await profileOf(elsewhere)).includes(text), `${text} on B`);
    for (let round = 0; round < 10; round++) {
      await visitor.post(PROFILE, { firstName: `Round${round}`, lastName: '' });
      expect(await profileOf(visitor)).toContain(`Round${round}`);
      await showsOnB(`Round${round}`);
    }
    await connect(database, id, 'ann@idp.example');
    await showsOnB('ann@idp.example');
  });
});
