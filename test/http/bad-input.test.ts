import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Answer, problem } from '../support/http.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const WRONG_VALUES = [null, true, 0, -1, 1e308, [], {}, ['x'], { $ne: null }, [[]], { length: 1 }];

const SOMEONE = '00000000-0000-4000-8000-000000000001';
const SEED = `
  INSERT INTO roles (id, name) VALUES ('${SOMEONE}', 'some role');
  INSERT INTO users (id, username, username_key, email, email_key, password_hash)
  VALUES ('${SOMEONE}', 'target', 'target', 'target@example.com', 'target@example.com', '!')`;

/** Every operation that takes a body, with a body that would be accepted. */
const OPERATIONS: { method: string; path: string; body: Record<string, string> }[] = [
  {
    method: 'POST',
    path: '/api/auth/register',
    body: { username: 'someone', email: 'someone@example.com', password: PASSWORD },
  },
  { method: 'POST', path: '/api/auth/login', body: { username: 'someone', password: PASSWORD } },
  { method: 'POST', path: '/api/auth/refresh', body: { refreshToken: 'x' } },
  { method: 'PATCH', path: '/api/users/me', body: { firstName: 'x', lastName: 'y' } },
  { method: 'DELETE', path: '/api/users/me', body: { currentPassword: PASSWORD } },
  { method: 'POST', path: '/api/users', body: { username: 'x', email: 'x@example.com' } },
  {
    method: 'PATCH',
    path: `/api/users/${SOMEONE}`,
    body: { username: 'x', email: 'x@example.com', firstName: 'x', lastName: 'y' },
  },
  { method: 'POST', path: '/api/roles', body: { name: 'x', description: 'y' } },
  { method: 'PATCH', path: `/api/roles/${SOMEONE}`, body: { name: 'x', description: 'y' } },
];

describe('bad input', () => {
  let app: TestApp;
  let token: string;
  let before: string;
  beforeAll(async () => {
    app = await startApp({}, [], SEED);
    ({ accessToken: token } = await superuserSession(app));
    before = await app.database.fingerprint('audit_events');
  });
  afterAll(async () => {
    expect(await app.database.fingerprint('audit_events')).toBe(before);
    await app.close();
  });

  const expectProblem = (answer: Answer<unknown>, status: number, code: string) => {
    expect({ status: answer.status, code: problem(answer).code }).toEqual({ status, code });
    expect(Object.keys(problem(answer)).toSorted()).toEqual(
      ['code', 'detail', 'errors', 'instance', 'status', 'title', 'type'].toSorted(),
    );
  };

  describe.each(OPERATIONS)('to $method $path', ({ method, path, body }) => {
    const send = (payload: unknown, headers?: Record<string, string>) =>
      app.http.as(token).send(method, path, payload, headers);

    it('of another type in any field is 422 and names the field [A15] [ASVS 2.2.1, 15.3.5]', async () => {
      for (const field of Object.keys(body)) {
        for (const value of WRONG_VALUES) {
          const answer = await send({ ...body, [field]: value });
          expectProblem(answer, 422, 'validation_failed');
          expect(problem(answer).errors.map((error) => error.field)).toEqual([field]);
        }
      }
    });

    it('with control characters is never a server error', async () => {
      for (const field of Object.keys(body)) {
        const answer = await send({ ...body, [field]: 'a\u0000b' });
        expect([401, 422]).toContain(answer.status);
        problem(answer);
      }
    });

    it('with an unknown field is 422 [ASVS 15.3.3]', async () => {
      for (const field of ['id', 'x', 'constructor', 'toString', 'username.x', '']) {
        const answer = await send({ ...body, [field]: 'x' });
        expectProblem(answer, 422, 'validation_failed');
        expect(problem(answer).errors).toEqual([
          expect.objectContaining({ field, code: 'unknown_field' }),
        ]);
      }
    });

    it('that is empty, or JSON but no object, is 422 [A91]', async () => {
      for (const text of ['', '[]', 'null', '"x"', '1', 'true', '[{}]']) {
        expectProblem(await send(text, JSON_TYPE), 422, 'validation_failed');
      }
    });

    it('that is no JSON is 400 [A93] [ASVS 1.5.2, 15.3.6]', async () => {
      const broken = ['{', '{"a":1,}', "{'a':1}", 'x', '{"a":\u0000}', '\uFEFF\uFEFF{}'];
      const poisoned = ['{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}'];
      for (const text of [...broken, ...poisoned]) {
        expectProblem(await send(text, JSON_TYPE), 400, 'malformed_request');
      }
    });

    it('of another content type is 415', async () => {
      const types = [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
        'application/jsonp',
        'text/json',
      ];
      for (const type of types) {
        const answer = await send(JSON.stringify(body), { 'content-type': type });
        expectProblem(answer, 415, 'unsupported_media_type');
      }
    });

    it('that is too large is 413 [ASVS 2.3.2]', async () => {
      const answer = await send({ ...body, filler: 'x'.repeat(70_000) });
      expectProblem(answer, 413, 'payload_too_large');
    });
  });

  it('in a list of names is 422 and names the field [ASVS 2.3.2]', async () => {
    const http = app.http.as(token);
    const values = [null, true, 0, 'x', {}, [null], [1], [['x']], [{}], ['x'.repeat(151)]];
    for (const [path, field] of [
      [`/api/users/${SOMEONE}/roles`, 'roles'],
      [`/api/users/${SOMEONE}/permissions`, 'permissions'],
      [`/api/roles/${SOMEONE}/permissions`, 'permissions'],
    ] as const) {
      for (const value of [...values, Array.from({ length: 1_001 }, (_, i) => `n${i}`)]) {
        const answer = await http.put(path, { [field]: value });
        expectProblem(answer, 422, 'validation_failed');
        expect(problem(answer).errors.map((error) => error.field)).toEqual([field]);
      }
    }
    for (const field of ['isActive', 'isSuperuser']) {
      for (const value of [null, 'true', 1, 0, [], {}]) {
        const answer = await http.patch(`/api/users/${SOMEONE}`, { [field]: value });
        expectProblem(answer, 422, 'validation_failed');
      }
    }
  });

  it('to an address that does not exist is 404', async () => {
    for (const path of ['/api', '/api/', '/api/nope', '/api/auth', '/.git/config']) {
      expectProblem(await app.http.get(path), 404, 'not_found');
      expectProblem(await app.http.post(path, {}), 404, 'not_found');
    }
  });

  it('in the address itself is 400 or 404, never a server error', async () => {
    for (const path of ['/%zz', '/api/%', '/%00', '/api/users/%c0%af', `/${'x'.repeat(8_000)}`]) {
      const answer = await app.http.get(path);
      expect([400, 404, 414]).toContain(answer.status);
      problem(answer);
    }
  });

  it('on the wire is answered with 400 and a closed connection [ASVS 4.2.1]', async () => {
    const requests = [
      'GARBAGE\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'GET /health/live HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n',
    ];
    for (const request of requests) {
      const answer = await raw(app.http.url, request);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"malformed_request"');
    }
    const huge = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await raw(app.http.url, huge)).toMatch(/^HTTP\/1\.1 431 [^]*headers_too_large/);
  });

  it('does not make the server tell what it is made of [ASVS 13.4.6]', async () => {
    const answers = [await app.http.get('/health/live'), await app.http.get('/nope')];
    for (const { headers } of answers) {
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });
});

function raw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
