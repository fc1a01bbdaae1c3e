import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { problem } from '../support/http.js';
import { logLines } from '../support/log-lines.js';
import { eventually, startInstance, type TestServer } from '../support/process.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const APP_SECRET = 'Zr7wq1VfH0cJ9sYt4mXb6LkQe2DnGp8u';
const METRICS_TOKEN = 'mT4xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a';
const NEW_PASSWORD = 'a brand new passphrase';
const ORIGIN = 'https://accounts.example.com';
/** What would become a line, or a colour, of its own. */
const INJECTION = '\r\n{"level":"fatal","message":"forged"}\n\u001B[31mred\u009B31m\u2028';

describe('the log in production', () => {
  let database: TestDatabase;
  let mails: EmailServer;
  let server: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    mails = await startEmailServer();
    server = await startInstance(database.url, {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PUBLIC_URL: ORIGIN,
      SMTP_URL: mails.url,
      APP_SECRET,
      METRICS_TOKEN,
      BCRYPT_COST: '10',
    });
  });
  afterAll(async () => {
    await server.stop();
    await mails.close();
    await database.close();
  });

  /** The line of a request, once it has arrived. */
  const lineOf = async (requestId: string | null, context = 'Request') => {
    const find = () =>
      logLines(completeLines()).find(
        (line) => line.requestId === requestId && line.context === context,
      );
    await eventually(() => find() !== undefined, `a line about ${requestId}`);
    return find()!;
  };
  const completeLines = () => server.output().slice(0, server.output().lastIndexOf('\n'));
  const raw = async (text: string) => {
    const { hostname, port } = new URL(server.http.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => undefined);
    socket.end(text, 'latin1');
    await new Promise((resolve) => socket.once('close', resolve));
    return answer;
  };

  it('has one line for each request: template, status, time, who, and never the address itself [ASVS 16.2.1, 16.2.2, 16.2.4]', async () => {
    const { http, user } = await newSession(server.http);
    const path = `/api/account/sessions/${user.id}?secret=of-the-query`;
    const answer = await http.delete(path);
    expect(answer.status).toBe(422);
    const requestId = answer.headers.get('x-request-id');
    expect(requestId).toMatch(UUID);
    const line = await lineOf(requestId);
    expect(line).toEqual({
      level: 'log',
      pid: server.child.pid,
      timestamp: expect.any(Number),
      message: 'request',
      context: 'Request',
      requestId,
      method: 'DELETE',
      route: '/api/account/sessions/:id',
      status: 422,
      duration: expect.any(Number),
      ip: '127.0.0.1',
      userId: user.id,
      session: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    const { body } = await http.get<{ sessionId: string }>('/api/auth/session');
    expect(server.output()).not.toContain(body.sessionId);
    const unknown = await server.http.get('/no/such/secret-address');
    const nowhere = await lineOf(unknown.headers.get('x-request-id'));
    expect(nowhere).toMatchObject({ method: 'GET', status: 404 });
    expect(nowhere).not.toHaveProperty('route');
    expect(nowhere).not.toHaveProperty('userId');
  });

  it('gives every request an id of ours, which the audit trail knows as well', async () => {
    const { username } = await register(server.http);
    const forged = '00000000-0000-4000-8000-000000000001';
    const credentials = { username, password: PASSWORD };
    const login = await server.http.post('/api/auth/login', credentials, {
      'X-Request-Id': forged,
    });
    const requestId = login.headers.get('x-request-id');
    expect(requestId).not.toBe(forged);
    const [event] = await database.sql(
      `SELECT request_id FROM audit_events WHERE action = 'user.signed_in' ORDER BY id DESC LIMIT 1`,
    );
    expect(event).toEqual({ request_id: requestId });
    // Also what never reaches a controller, or is no HTTP at all.
    const broken = await server.http.get('/%zz');
    expect(problem(broken).status).toBe(400);
    expect(await lineOf(broken.headers.get('x-request-id'))).toMatchObject({ status: 400 });
    const [, id] = /^X-Request-Id: (\S+)\r$/m.exec(await raw('NONSENSE\r\n\r\n'))!;
    expect(await lineOf(id!)).toMatchObject({ status: 400, ip: '127.0.0.1' });
  });

  it('tells the events of the audit trail when they are committed, and nothing personal [ASVS 16.4.3]', async () => {
    const { http, user, username } = await newSession(server.http);
    const changed = await http.patch('/api/users/me', { firstName: 'Personal' });
    const event = await lineOf(changed.headers.get('x-request-id'), 'Audit');
    expect(event).toEqual({
      level: 'log',
      pid: server.child.pid,
      timestamp: expect.any(Number),
      message: 'user.updated',
      context: 'Audit',
      id: expect.stringMatching(/^\d+$/),
      occurredAt: expect.any(String),
      origin: 'api',
      actorId: user.id,
      subjectType: 'user',
      subjectId: user.id,
      ip: '127.0.0.1',
      requestId: changed.headers.get('x-request-id'),
      reason: null,
      changes: {},
    });
    // What was rolled back did not happen.
    const taken = await server.http.post('/api/auth/register', {
      username,
      email: 'other@example.com',
      password: PASSWORD,
    });
    expect(taken.status).toBe(409);
    const id = taken.headers.get('x-request-id');
    await lineOf(id);
    const events = logLines(completeLines()).filter(({ context }) => context === 'Audit');
    expect(events.filter(({ requestId }) => requestId === id)).toEqual([]);
    expect(JSON.stringify(events)).not.toMatch(new RegExp(`Personal|${username}`));
  });

  it('tells of a sender that left before it was answered', async () => {
    const leaving = new AbortController();
    const username = 'leaving';
    await register(server.http, { username });
    const before = logLines(completeLines()).length;
    const request = fetch(`${server.http.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: 'x'.repeat(4000) }),
      signal: leaving.signal,
    }).catch(() => undefined);
    // The hash takes longer than this.
    await sleep(20);
    leaving.abort();
    await request;
    await eventually(
      () =>
        logLines(completeLines())
          .slice(before)
          .some(({ status }) => status === 499),
      'a line',
    );
  });

  it('writes no line and no control character that a sender chose [ASVS 16.4.1]', async () => {
    const http = server.http;
    await http.post('/api/auth/login', { username: INJECTION, password: INJECTION });
    await http.post('/api/auth/register', {
      username: INJECTION,
      email: `${INJECTION}@example.com`,
      password: INJECTION,
    });
    await http.post(`/api/${encodeURIComponent(INJECTION)}`, INJECTION, {
      'content-type': 'application/json',
    });
    await http.get(`/api/users?search=${encodeURIComponent(INJECTION)}`);
    await http.get('/api/users/me', { 'user-agent': 'forged \u009B31m', 'x-request-id': 'forged' });
    for (const name of ['User-Agent', 'X-Request-Id', 'X-Forwarded-For', 'Cookie', 'Accept']) {
      for (const value of [`a${INJECTION}b`, 'a\u009B31mb', 'a\u001B[31mb']) {
        await raw(
          `GET /api/users/me HTTP/1.1\r\nHost: x\r\n${name}: ${value}\r\nConnection: close\r\n\r\n`,
        );
      }
    }
    await raw(
      `GET /api/\u009B31m{"level":"forged"} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    await raw(`F\u001BORGED / HTTP/1.1\r\nHost: x\r\n\r\n`);
    // What reaches a failure of ours: a message of the database may repeat what was sent.
    await database.sql(`CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '%', E'forged \\u001B[31m \\u009B31m \\u2028\\r\\n{"level":"fatal"}'; END $$`);
    await database.sql(
      'CREATE TRIGGER forge BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION forge()',
    );
    const failed = await http.post('/api/auth/register', {
      username: 'forged',
      email: 'forged@example.com',
      password: PASSWORD,
    });
    expect(failed.status).toBe(500);
    await database.sql('DROP TRIGGER forge ON users');
    await eventually(() => completeLines().includes('forged'), 'the failure was logged');
    expect(completeLines()).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    for (const line of logLines(completeLines())) {
      expect(['log', 'warn', 'error']).toContain(line.level);
      expect(line.pid).toBe(server.child.pid);
      if (line.context === 'Request') expect(JSON.stringify(line)).not.toContain('forged');
    }
  });

  it('holds no secret, whatever people do and whatever fails [ASVS 14.2.1, 16.2.5, 16.3.4]', async () => {
    const canaries: string[] = [APP_SECRET, METRICS_TOKEN, new URL(database.url).password];
    const http = server.http;
    const account = await register(http);
    const { email, username } = account;
    // The API: sign in, refresh, fail, change, reset.
    const tokens = await signIn(http, username);
    const refreshed = await http.post<{ accessToken: string; refreshToken: string }>(
      '/api/auth/refresh',
      { refreshToken: tokens.refreshToken },
    );
    canaries.push(PASSWORD, NEW_PASSWORD, tokens.accessToken, tokens.refreshToken);
    canaries.push(refreshed.body.accessToken, refreshed.body.refreshToken);
    await http.post('/api/auth/login', { username, password: `${PASSWORD} wrong` });
    await http.get(`/api/users/me?access_token=${tokens.accessToken}`);
    await http.as(`${tokens.accessToken}x`).get('/api/users/me');
    await http.as(METRICS_TOKEN).get('/metrics');
    const verify = tokenIn(await mails.next(email, 'Confirm your email address'));
    await http.post('/api/account/email/verify', { token: verify, password: PASSWORD });
    await http.post('/api/account/password/reset', { email });
    const reset = tokenIn(await mails.next(email, 'Choose a new password'));
    canaries.push(verify, reset);
    // The pages, as a browser opens them.
    await http.get(`/accounts/password/reset/confirm?token=${reset}`, { accept: 'text/html' });
    await http.get(`/accounts/email/verify?token=${verify}`, { accept: 'text/html' });
    const chosen = { token: reset, newPassword: NEW_PASSWORD };
    const confirmed = await http.post('/api/account/password/reset/confirm', chosen);
    expect({ status: confirmed.status, text: confirmed.text }).toEqual({ status: 204, text: '' });
    const login = await fetch(`${http.url}/accounts/login`, { headers: { accept: 'text/html' } });
    const [, formToken] = /name="_token" value="([^"]+)"/.exec(await login.text())!;
    const cookiesOf = (response: Response) =>
      response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]!);
    const form = async (fields: Record<string, string>) => {
      const response = await fetch(`${http.url}/accounts/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          cookie: cookiesOf(login).join('; '),
          origin: ORIGIN,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ _token: formToken!, username, ...fields }),
      });
      await response.text();
      return response;
    };
    expect((await form({ password: 'wrong', _token: 'wrong' })).status).toBe(419);
    const signedIn = await form({ password: NEW_PASSWORD });
    expect(signedIn.status).toBe(303);
    canaries.push(formToken!, ...cookiesOf(login), ...cookiesOf(signedIn));
    // Whatever is at hand when the database fails in the middle of it.
    const [{ hash } = { hash: '' }] = await database.sql<{ hash: string }>(
      'SELECT password_hash AS hash FROM users WHERE id = $1',
      [account.id],
    );
    canaries.push(hash);
    await database.sql('ALTER TABLE sessions RENAME TO elsewhere');
    const failed = await http.post('/api/auth/login', { username, password: NEW_PASSWORD });
    expect(failed.status).toBe(500);
    await http.post('/api/auth/refresh', { refreshToken: refreshed.body.refreshToken });
    await database.sql('ALTER TABLE elsewhere RENAME TO sessions');
    const failure = logLines(completeLines()).find(
      ({ level, requestId }) =>
        level === 'error' && requestId === failed.headers.get('x-request-id'),
    );
    expect(failure).toMatchObject({ message: expect.stringContaining('POST /api/auth/login: ') });
    // Broken requests.
    const { hostname } = new URL(http.url);
    await raw(`POST /api/auth/login HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer
${tokens.accessToken}\r\nContent-Length: 5000\r\n\r\n{"password":"${PASSWORD}"`);
    await http.post('/api/auth/login', `{"password":"${PASSWORD}",`, {
      'content-type': 'application/json',
    });
    await server.stop();
    // A page answers before its handler returns; nothing may try to answer again.
    expect(server.output()).not.toContain('ERR_HTTP_HEADERS_SENT');
    for (const canary of canaries) {
      expect(canary.length).toBeGreaterThan(15);
      expect(server.output()).not.toContain(canary);
      expect(server.output()).not.toContain(encodeURIComponent(canary));
    }
    for (const part of canaries
      .flatMap((one) => one.split(/[.=]/))
      .filter((one) => one.length > 30)) {
      // The header of all our tokens is the same, and no secret.
      if (!part.startsWith('eyJhbGciOi')) expect(server.output()).not.toContain(part);
    }
    expect(logLines(server.output()).length).toBeGreaterThan(15);
  });
});

describe('the log in development', () => {
  it('is for reading', async () => {
    const database = await createDatabase();
    const server = await startInstance(database.url, { REQUEST_LOG: 'on' });
    const { http, username } = await newSession(server.http);
    await http.get('/api/users/me?x=1');
    const line = new RegExp(
      `^\\d\\d:\\d\\d:\\d\\d GET /api/users/me 422 \\d+\\.\\d ms ${username}$`,
      'm',
    );
    await eventually(() => line.test(server.output()), 'the line');
    await server.stop();
    await database.close();
  });
});
