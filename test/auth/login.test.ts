import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { hash } from 'bcrypt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { countHashes, measureWork } from '../support/hash-counter.js';
import { problem } from '../support/http.js';
import { startInstance } from '../support/process.js';

describe('login', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('answers with tokens and the account, and notes the sign-in [ASVS 7.2.2]', async () => {
    const { username, id } = await register(app.http);
    const tokens = await signIn(app.http, username);
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 600, user: { id, username } });
    expect(Date.now() - Date.parse(String(tokens.user.lastLoginAt))).toBeLessThan(60_000);
    const [header, claims] = tokens.accessToken
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(claims).toEqual({
      iss: 'http://localhost:3000',
      aud: 'http://localhost:3000',
      client_id: 'http://localhost:3000',
      sub: id,
      sid: expect.any(String),
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
  });

  it('opens a session that knows where it came from [A19] [ASVS 4.1.3]', async () => {
    const { username, id } = await register(app.http);
    const agent = `agent "quoted" ${'x'.repeat(600)}`;
    await app.http.post(
      '/api/auth/login',
      { username, password: PASSWORD },
      { 'user-agent': agent, 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' },
    );
    const [session] = await app.database.sql(
      'SELECT host(ip) AS ip, user_agent, amr, refresh_counter FROM sessions WHERE user_id = $1',
      [id],
    );
    expect(session).toEqual({
      ip: '127.0.0.1',
      user_agent: agent.slice(0, 512),
      amr: ['pwd'],
      refresh_counter: 0,
    });
  });

  it('believes as many proxies as TRUST_PROXY says, counted from the right [A19] [ASVS 15.3.4]', async () => {
    const behind = await startInstance(app.database.url, { TRUST_PROXY: '2' });
    try {
      const { username } = await register(behind.http);
      const ips = [];
      for (const forwarded of ['1.1.1.1, 2.2.2.2, 3.3.3.3', '3.3.3.3', '9.9.9.9:80, 3.3.3.3', '']) {
        await behind.http.post(
          '/api/auth/login',
          { username, password: PASSWORD },
          forwarded ? { 'x-forwarded-for': forwarded } : {},
        );
        const [row] = await app.database.sql<{ ip: string }>(
          'SELECT host(ip) AS ip FROM sessions ORDER BY created_at DESC LIMIT 1',
        );
        ips.push(row!.ip);
      }
      expect(ips).toEqual(['2.2.2.2', '3.3.3.3', '9.9.9.9', '127.0.0.1']);
    } finally {
      await behind.stop();
    }
  });

  it('reads every form in which a proxy writes an address, and refuses what is none [A19]', async () => {
    const behind = await startInstance(app.database.url, { TRUST_PROXY: '1' });
    try {
      const { username } = await register(behind.http);
      const answerTo = async (...entries: string[]) => {
        const headers = entries.flatMap((entry) => ['X-Forwarded-For', entry]);
        headers.push('Forwarded', 'for=192.0.2.1', 'Content-Type', 'application/json');
        const body = JSON.stringify({ username, password: PASSWORD });
        return sendRaw(`${behind.http.url}/api/auth/login`, headers, body);
      };
      const forms: [string, ...string[]][] = [
        ['203.0.113.9', '203.0.113.9:51234'],
        ['203.0.113.9', '"203.0.113.9:51234"'],
        ['203.0.113.9', '::ffff:203.0.113.9'],
        ['203.0.113.9', '[::ffff:203.0.113.9]:443'],
        ['203.0.113.9', '198.51.100.1', ' 203.0.113.9 '],
        ['203.0.113.9', 'unknown, 203.0.113.9,'],
        ['203.0.113.9', 'unknown,\t203.0.113.9 , '],
        ['2001:db8::1', '[2001:db8::1]:443'],
        ['2001:db8::1', '[2001:DB8:0::1]'],
        ['fe80::1', 'fe80::1%eth0'],
      ];
      for (const [ip, ...entries] of forms) {
        expect([entries, (await answerTo(...entries)).status]).toEqual([entries, 200]);
        const rows = await app.database.sql(
          'SELECT host(ip) AS ip FROM sessions ORDER BY created_at DESC LIMIT 1',
        );
        expect([entries, ...rows]).toEqual([entries, { ip }]);
      }
      const before = await app.database.fingerprint();
      for (const text of ['unknown', '_secret', '203.0.113.9, x y', '0.0.0.0', '[::]:80', '1']) {
        const { status, body } = await answerTo(text);
        expect([text, status, body]).toEqual([
          text,
          400,
          expect.objectContaining({ code: 'forwarded_address_invalid' }),
        ]);
      }
      expect(await app.database.fingerprint()).toBe(before);
      const unreadable = { 'x-forwarded-for': '_secret' };
      expect((await behind.http.get('/health/ready', unreadable)).status).toBe(200);
      const page = await behind.http.get('/accounts/login', { ...unreadable, accept: 'text/html' });
      expect(page.status).toBe(400);
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      // Once for all of them, and nothing that a client wrote.
      expect(behind.output().match(/in X-Forwarded-For where TRUST_PROXY expects/g)).toHaveLength(
        1,
      );
      expect(behind.output()).not.toContain('_secret');
    } finally {
      await behind.stop();
    }
    const direct = await startInstance(app.database.url);
    try {
      for (const forwarded of ['203.0.113.9', '_secret']) {
        await direct.http.get('/health/live', { 'x-forwarded-for': forwarded });
      }
      expect(direct.output().match(/ignored because TRUST_PROXY is 0/g)).toHaveLength(1);
      expect(direct.output()).not.toContain('_secret');
    } finally {
      await direct.stop();
    }
  });

  it('says the same for unknown, wrong, inactive and unusable, after the same work [ASVS 6.3.8] [A01]', async () => {
    const [inactive, unusable, active] = [
      await register(app.http),
      await register(app.http),
      await register(app.http),
    ];
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [inactive.id]);
    await app.database.sql(`UPDATE users SET password_hash = '!unusable' WHERE id = $1`, [
      unusable.id,
    ]);
    const hashes = countHashes(app.nest);
    const meter = measureWork(app.nest);
    const arms = [
      { username: 'nobody-at-all', password: PASSWORD },
      { username: 'nobody@example.com', password: PASSWORD },
      { username: active.username, password: 'wrong password' },
      { username: active.email, password: 'wrong password' },
      { username: inactive.username, password: PASSWORD },
      { username: inactive.username, password: 'wrong password' },
      { username: unusable.username, password: PASSWORD },
      { username: unusable.username, password: '!unusable' },
    ];
    const answers = [];
    for (const credentials of arms) {
      hashes.count = 0;
      meter.done = {};
      answers.push(await app.http.post('/api/auth/login', credentials));
      const seen = { ...credentials, hashes: hashes.count, work: meter.done };
      expect(seen).toEqual({ ...credentials, hashes: 1, work: { bcrypt: 2 ** 4 } });
    }
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const names = answers.map(({ headers }) => [...headers.keys()].join());
    expect(new Set(names).size).toBe(1);
    expect(answers[0]!.status).toBe(401);
    expect(problem(answers[0]!).code).toBe('invalid_credentials');
  });

  it('does not take credentials from the query, nor a query instead of a body [A69] [ASVS 14.2.1]', async () => {
    const { username } = await register(app.http);
    const query = new URLSearchParams({ username, password: PASSWORD }).toString();
    const bodies = [undefined, {}, { username }, { username: '', password: '' }];
    for (const body of bodies) {
      const answer = await app.http.post(`/api/auth/login?${query}`, body);
      expect(answer.status).toBe(422);
    }
    const wrong = { username, password: 'wrong password' };
    expect((await app.http.post(`/api/auth/login?${query}`, wrong)).status).toBe(422);
  });

  it('refuses a password of more than 4,096 bytes before hashing anything [A08]', async () => {
    const { username } = await register(app.http);
    const hashes = countHashes(app.nest);
    for (const password of ['x'.repeat(4097), '😀'.repeat(1025)]) {
      const login = await app.http.post('/api/auth/login', { username, password });
      expect(login.status).toBe(422);
      expect(problem(login).errors[0]).toMatchObject({ code: 'password_too_long' });
      const body = { username: newUsername(), email: 'big@example.com', password };
      expect((await app.http.post('/api/auth/register', body)).status).toBe(422);
    }
    const huge = { username, password: 'x'.repeat(10_000_000) };
    expect((await app.http.post('/api/auth/login', huge)).status).toBe(413);
    expect(hashes.count).toBe(0);
  });

  it('prefers the verified owner of an address to a username that looks like it', async () => {
    const owner = await register(app.http, { email: 'owner@corp.example' });
    await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [owner.id]);
    await register(app.http, { username: 'owner@corp.example', email: 'owner@corp.example' });
    expect((await signIn(app.http, 'owner@corp.example')).user.id).toBe(owner.id);
  });

  it('tells mailboxes apart that only look alike', async () => {
    const { id } = await register(app.http, { email: 'mıke@example.com' });
    expect((await signIn(app.http, 'mıke@example.com')).user.id).toBe(id);
    const other = { username: 'mike@example.com', password: PASSWORD };
    expect((await app.http.post('/api/auth/login', other)).status).toBe(401);
  });

  it('accepts everybody who signs in at once while an outdated hash is replaced', async () => {
    const { username, id } = await register(app.http);
    const digest = createHash('sha256').update(PASSWORD).digest('hex');
    await app.database.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [
      id,
      `bcrypt_sha256$${await hash(digest, 5)}`,
    ]);
    const attempts = Array.from({ length: 10 }, () => signIn(app.http, username));
    const sessions = await Promise.all(attempts);
    for (const { accessToken } of sessions) {
      expect((await app.http.as(accessToken).get('/api/auth/session')).status).toBe(200);
    }
  });

  it('gives a hash of another cost a new one without ending sessions [ASVS 11.2.2]', async () => {
    const { username, id } = await register(app.http);
    const first = await signIn(app.http, username);
    const digest = createHash('sha256').update(PASSWORD).digest('hex');
    const old = `bcrypt_sha256$${await hash(digest, 5)}`;
    // By the column that marks a mere change of format, so that the first session stays.
    await app.database.sql(
      'UPDATE users SET password_hash = $2, password_rehashed_at = now() WHERE id = $1',
      [id, old],
    );
    await signIn(app.http, username);
    const [row] = await app.database.sql('SELECT password_hash FROM users WHERE id = $1', [id]);
    expect(row!.password_hash).toContain('$2b$04$');
    const { status } = await app.http.as(first.accessToken).get('/api/auth/session');
    expect(status).toBe(200);
  });

  it('accepts a hash that came from Django once, then stores its own', async () => {
    const { username, id } = await register(app.http);
    await app.database.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [
      id,
      'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
    ]);
    await signIn(app.http, username, 'lètmein');
    const [row] = await app.database.sql('SELECT password_hash FROM users WHERE id = $1', [id]);
    expect(row!.password_hash).toContain('bcrypt_sha256$$2b$04$');
    await signIn(app.http, username, 'lètmein');
  });

  it('opens no session for an account that is deactivated while the password is being checked', async () => {
    const { username, id } = await register(app.http);
    const [answer] = await Promise.all([
      app.http.post('/api/auth/login', { username, password: PASSWORD }),
      app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [id]),
    ]);
    const alive = await app.database.sql(
      'SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL',
      [id],
    );
    expect([200, 401]).toContain(answer.status);
    expect(alive).toHaveLength(0);
  });
});

/** Sends a POST with headers that may come more than once. */
async function sendRaw(url: string, headers: string[], body: string) {
  const request = httpRequest(url, { method: 'POST' });
  for (const name of new Set(headers.filter((_, index) => index % 2 === 0))) {
    request.setHeader(
      name,
      headers.filter((_, index) => headers[index - 1] === name),
    );
  }
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, body: JSON.parse(text) as object };
}
