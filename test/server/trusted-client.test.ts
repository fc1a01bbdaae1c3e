import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { type Answer, problem } from '../support/http.js';
import { run } from '../support/process.js';

const SECRET = 'cT4xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6c';
const TYPOS = 10;

describe('a server that calls the API for its visitors', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ THROTTLE_SCALE: '1', TRUSTED_CLIENT_SECRET: SECRET });
  });
  afterAll(() => app.close());

  const headers = (ip: string, secret = SECRET) => ({
    'gatehouse-client-secret': secret,
    'gatehouse-client-ip': ip,
  });
  const signIn = (username: string, password: string, sent: Record<string, string>) =>
    app.http.send<{ accessToken: string }>('POST', '/api/auth/login', { username, password }, sent);

  it('has each visitor counted by the own address', async () => {
    const [ann, bob] = [await register(app.http), await register(app.http)];
    for (let i = 0; i < TYPOS; i++) {
      const answer = await signIn(`nobody-${i}`, 'wrong', headers('203.0.113.9'));
      expect(problem(answer).code).toBe('invalid_credentials');
    }
    const refused = await signIn(ann.username, PASSWORD, headers('203.0.113.9'));
    expect(problem(refused).code).toBe('too_many_requests');
    expect((await signIn(bob.username, PASSWORD, headers('198.51.100.7'))).status).toBe(200);
    // The server itself has used up nothing.
    expect((await signIn(ann.username, PASSWORD, {})).status).toBe(200);
  });

  it('has sessions and the trail know the address of the visitor', async () => {
    const { username, id } = await register(app.http);
    await signIn(username, PASSWORD, headers('[2001:db8::5]:443'));
    const rows = await app.database.sql(
      `SELECT host(s.ip) AS session, host(e.ip) AS event FROM sessions s
       JOIN audit_events e ON e.action = 'user.signed_in' AND e.subject_id = s.user_id::text
       WHERE s.user_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ session: '2001:db8::5', event: '2001:db8::5' }]);
  });

  it('does not keep out a neighbour who is signed in and changes the password', async () => {
    const { http } = await newSession(app.http);
    for (let i = 0; i < TYPOS; i++) await signIn(`somebody-${i}`, 'wrong', {});
    expect(problem(await signIn('another', 'wrong', {})).code).toBe('too_many_requests');
    const change = { currentPassword: PASSWORD, newPassword: 'a brand new passphrase' };
    expect((await http.post('/api/account/password/change', change)).status).toBe(204);
  });

  it('is refused with a wrong secret or without an address, whatever it asks for', async () => {
    const before = await app.database.fingerprint();
    const code = (answer: Answer<unknown>) => [answer.status, problem(answer).code];
    for (const wrong of ['x', `${SECRET}x`, SECRET.toLowerCase(), SECRET.slice(0, -1)]) {
      const answer = await signIn('ann', PASSWORD, headers('203.0.113.9', wrong));
      expect(code(answer)).toEqual([403, 'client_not_trusted']);
    }
    for (const ip of ['', 'x', '0.0.0.0', '203.0.113.9, 203.0.113.10', '203.0.113', '::']) {
      const answer = await signIn('ann', PASSWORD, headers(ip));
      expect(code(answer)).toEqual([400, 'forwarded_address_invalid']);
    }
    expect(await app.database.fingerprint()).toBe(before);
  });

  it('is nobody without the secret: the address that a client claims is ignored', async () => {
    const { username, id } = await register(app.http);
    await app.http.send(
      'POST',
      '/api/auth/login',
      { username, password: PASSWORD },
      {
        'gatehouse-client-ip': '203.0.113.99',
      },
    );
    const [row] = await app.database.sql('SELECT host(ip) AS ip FROM sessions WHERE user_id = $1', [
      id,
    ]);
    expect(row?.ip ?? '127.0.0.1').toBe('127.0.0.1');
  });

  it('is not trusted where no secret is set', async () => {
    const plain = await startApp();
    const answer = await plain.http.send(
      'GET',
      '/api/auth/session',
      undefined,
      headers('203.0.113.9'),
    );
    expect(problem(answer).code).toBe('client_not_trusted');
    await plain.close();
  });
});

describe('LIMITS', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.close());

  it('sets single limits, and leaves the others', async () => {
    const app = await startApp({
      THROTTLE_SCALE: '1',
      LIMITS: 'registrations_per_ip=2, refreshes_per_session=1',
    });
    for (let i = 0; i < 2; i++) await register(app.http);
    const refused = await app.http.post('/api/auth/register', {
      username: 'a-third',
      email: 'third@example.com',
      password: PASSWORD,
    });
    expect(problem(refused).code).toBe('too_many_requests');
    await app.close();
  });

  it.each(['registration_per_ip=2', 'toString=1', 'constructor=1'])(
    'stops the start for %s, with the names there are',
    async (limits) => {
      const { exited, output } = run('main', [], {
        ...testVariables(database.url),
        LIMITS: limits,
      });
      expect(await exited).toBe(1);
      expect(output()).toMatch(/LIMITS (names|must be)/);
      expect(output()).not.toContain('    at ');
    },
  );
});
