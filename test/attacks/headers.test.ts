import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, register } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { browserOf } from '../support/page-cookies.js';
import { API_ROUTES, ROUTES, sendRaw } from '../support/route-table.js';

const PUBLIC_URL = 'https://accounts.example.com';
/** What is the same for everybody and for ever, or for minutes. */
const CACHED = /^\/(assets\/|\.well-known\/jwks\.json|favicon\.ico|robots\.txt)/;
const ORIGINS = [
  'https://evil.example',
  'null',
  'file://',
  'http://accounts.example.com',
  'https://accounts.example.com:8443',
  'https://accounts.example.com.evil.example',
  'https://evilaccounts.example.com',
  'https://evil.accounts.example.com',
  'https://accounts.example.com@evil.example',
  'https://accounts.example.com%60.evil.example',
  'http://localhost:3000',
  PUBLIC_URL,
];

interface Sent {
  /** What was asked, to be read in a failure. */
  what: string;
  path: string;
  status: number;
  headers: Headers;
  text: string;
}

describe('every answer', () => {
  let app: TestApp;
  const answers: Sent[] = [];

  const send = async (
    who: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Sent> => {
    const { status, headers: got, text } = await app.http.send(method, path, body, headers);
    return { what: `${who}: ${method} ${path.slice(0, 60)}`, path, status, headers: got, text };
  };
  const raw = async (what: string, request: string): Promise<Sent> => {
    const answer = await sendRaw(app.http.url, request);
    const [head = '', text = ''] = answer.split('\r\n\r\n', 2);
    const [line = '', ...fields] = head.split('\r\n');
    const pairs = fields.map((field) => field.split(/: (.*)/).slice(0, 2) as [string, string]);
    const status = Number(line.split(' ')[1]);
    return { what, path: '', status, headers: new Headers(pairs), text };
  };

  beforeAll(async () => {
    app = await startApp({ PUBLIC_URL, SWAGGER: 'on' });
    const { accessToken } = await superuserSession(app);
    const cookie = browserOf(accessToken).cookie.replaceAll('gatehouse-', '__Host-');
    const asset = /\/assets\/app-[^"]+\.js/.exec((await app.http.get('/', PAGE)).text)![0];
    for (const { method, address, isPage, path } of ROUTES) {
      const headers = isPage ? PAGE : {};
      const credentials: Record<string, string> = isPage
        ? { cookie }
        : { authorization: `Bearer ${accessToken}` };
      answers.push(await send('nobody', method, address, headers));
      if (path !== '/api/auth/logout') {
        answers.push(await send('superuser', method, address, { ...headers, ...credentials }));
      }
      if (method === 'GET') answers.push(await send('nobody', 'HEAD', address, headers));
      answers.push(await send('nobody', 'OPTIONS', address, headers));
    }
    const { username } = await register(app.http);
    const fresh = browserOf();
    const login = { username, password: PASSWORD, remember: 'on', _token: fresh.formToken };
    const form = {
      ...PAGE,
      cookie: fresh.cookie.replace('gatehouse-', '__Host-'),
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const filled = new URLSearchParams(login).toString();
    answers.push(await send('login', 'POST', '/accounts/login', form, filled));
    const json = { 'content-type': 'application/json' };
    answers.push(
      await send('nobody', 'GET', asset, {}),
      await send('nobody', 'GET', '/docs', {}),
      await send('nobody', 'GET', '/docs/openapi.json', {}),
      await send('nobody', 'GET', '/nothing/here', {}),
      await send('nobody', 'GET', '/nothing/here', PAGE),
      await send('nobody', 'GET', '/%zz', {}),
      await send('nobody', 'GET', '/%zz', PAGE),
      await send('nobody', 'POST', '/api/auth/login', json, '{'),
      await send('nobody', 'POST', '/api/auth/login', json, `"${'x'.repeat(70_000)}"`),
      await send('nobody', 'POST', '/api/auth/login', { 'content-type': 'text/plain' }, 'x'),
      await raw('garbage', 'GARBAGE\r\n\r\n'),
      await raw(
        'two lengths',
        'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      ),
      await raw('large headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
      await raw(
        'TRACE',
        'TRACE / HTTP/1.1\r\nHost: a\r\nX-Secret: canary\r\nConnection: close\r\n\r\n',
      ),
      await raw('no host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'),
      await raw('an expectation', `GET /health/live HTTP/1.1\r\n${HOST}Expect: x\r\n\r\n`),
      await raw('a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'),
      await raw(
        'huge chunk extensions',
        `POST /api/auth/login HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n{\r\n0\r\n\r\n`,
      ),
    );
  });
  afterAll(() => app.close());

  const PAGE = { accept: 'text/html' };
  const HOST = 'Host: a\r\nConnection: close\r\n';
  /** What was asked where the answer is not as it should be. */
  const except = (isGood: (answer: Sent) => boolean, among = answers) =>
    among.filter((answer) => !isGood(answer)).map(({ what, status }) => `${what} ${status}`);
  const header = (name: string, value: RegExp | string) => (answer: Sent) => {
    const got = answer.headers.get(name) ?? '';
    return typeof value === 'string' ? got === value : value.test(got);
  };

  it('was collected from all routes, and failures of all kinds', () => {
    expect(answers.length).toBeGreaterThan(ROUTES.length * 3);
    const statuses = new Set(answers.map(({ status }) => status));
    for (const status of [200, 204, 303, 400, 401, 403, 404, 405, 413, 415, 417, 422, 431]) {
      expect(statuses).toContain(status);
    }
  });

  it('may be framed by nobody and loads nothing from elsewhere [A39] [ASVS 3.4.3, 3.4.6]', () => {
    const policy = 'content-security-policy';
    expect(except(header(policy, /default-src '(none|self)'/))).toEqual([]);
    for (const directive of ['object-src', 'base-uri', 'frame-ancestors']) {
      expect(except(header(policy, new RegExp(`(^|; ?)${directive} 'none'(;|$)`)))).toEqual([]);
    }
    expect(except(header(policy, /^(?!.*script-src[^;]*('unsafe|\*|https?:))/))).toEqual([]);
    expect(except(header('x-frame-options', 'DENY'))).toEqual([]);
  });

  it('is taken for what it says it is [ASVS 3.2.1, 3.4.4, 4.1.1]', () => {
    expect(except(header('x-content-type-options', 'nosniff'))).toEqual([]);
    const withBody = answers.filter(({ text }) => text);
    const type =
      /^((text\/(html|css|javascript|plain)|application\/((problem\+)?json|javascript)); charset=utf-8|text\/csv; charset=utf-8; header=present|image\/x-icon)$/i;
    expect(except(header('content-type', type), withBody)).toEqual([]);
    const fromApi = answers.filter(({ path }) => path.startsWith('/api/'));
    expect(
      except(
        header('content-type', /json|^text\/csv/),
        fromApi.filter(({ text }) => text),
      ),
    ).toEqual([]);
    // Opened as a document of its own, it is one that can do nothing.
    expect(except(header('content-security-policy', /(^|; ?)sandbox(;|$)/), fromApi)).toEqual([]);
  });

  it('asks for https for a year, on all subdomains [ASVS 3.4.1]', () => {
    const hsts = header('strict-transport-security', /^max-age=31536000; includeSubDomains/);
    expect(except(hsts)).toEqual([]);
  });

  it('tells no other site where it was linked from, and is nothing for their windows [ASVS 3.4.5, 3.4.8, 3.5.8]', () => {
    expect(except(header('referrer-policy', /^(no-referrer|same-origin)$/))).toEqual([]);
    expect(except(header('cross-origin-opener-policy', 'same-origin'))).toEqual([]);
    expect(except(header('cross-origin-resource-policy', 'same-origin'))).toEqual([]);
  });

  it('is kept by no cache, unless it is the same for everybody [A43] [ASVS 14.2.2, 14.3.2]', () => {
    const isKept = ({ path, status }: Sent) => CACHED.test(path) && status < 300;
    const personal = answers.filter((answer) => !isKept(answer));
    expect(except(header('cache-control', 'no-store'), personal)).toEqual([]);
    expect(answers.some(isKept)).toBe(true);
  });

  it('sets cookies that are Secure, HttpOnly, Lax, of this host and small [A29] [ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4, 3.3.5]', () => {
    const cookies = answers.flatMap(({ headers }) => headers.getSetCookie());
    const names = new Set(cookies.map((cookie) => cookie.split('=')[0]!));
    expect([...names].toSorted()).toEqual([
      '__Host-browser',
      '__Host-form',
      '__Host-messages',
      '__Host-session',
    ]);
    for (const cookie of cookies) {
      expect(cookie).toMatch(
        /^__Host-[a-z-]+=[\w.-]*(; Max-Age=\d+)?; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
      expect(cookie.split(';')[0]!.length).toBeLessThan(4_096);
    }
  });

  it('allows no other origin anything [A38] [ASVS 3.4.2]', async () => {
    const allowed = [];
    for (const [i, { method, address }] of ROUTES.entries()) {
      // Three for each route, so that each meets a quarter of the routes.
      const some = [0, 4, 8].map((step) => ORIGINS[(i + step) % ORIGINS.length]!);
      const all = some.flatMap((origin) => [
        app.http.send(method, address, undefined, { origin }),
        app.http.send('OPTIONS', address, undefined, {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization,content-type',
        }),
      ]);
      for (const { headers } of await Promise.all(all)) {
        const names = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
        if (names.length > 0) allowed.push([method, address, ...names]);
      }
    }
    expect(allowed).toEqual([]);
  });

  it('of the API sends nobody from http to https or elsewhere [ASVS 4.1.2]', async () => {
    const fromApi = answers.filter(({ path }) => path.startsWith('/api/'));
    expect(except(({ status }) => status < 300 || status >= 400, fromApi)).toEqual([]);
    for (const { method, address } of API_ROUTES) {
      const headers = { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example' };
      const { status } = await app.http.send(method, address, undefined, headers);
      // The one list that everybody may see.
      const isOpen = `${method} ${address}` === 'GET /api/auth/federation';
      expect({ method, address, isRefused: status >= 400 }).toEqual({
        method,
        address,
        isRefused: !isOpen,
      });
    }
  });

  it('is no failure of ours, also to who does not say what they take [ASVS 16.5.1]', async () => {
    const failed = [];
    for (const { method, address } of ROUTES) {
      for (const accept of [
        '',
        '*/*',
        'application/json',
        'image/png',
        'text/html;q=0',
        'x'.repeat(999),
      ]) {
        const { status } = await app.http.send(method, address, undefined, { accept });
        if (status >= 500) failed.push([method, address, accept.slice(0, 20), status]);
      }
    }
    expect(failed).toEqual([]);
  });

  it('tells neither versions nor what was sent by TRACE [A100] [ASVS 13.4.4, 13.4.6]', () => {
    for (const name of ['server', 'x-powered-by', 'via', 'x-runtime']) {
      expect(except(header(name, ''))).toEqual([]);
    }
    const trace = answers.find(({ what }) => what === 'TRACE')!;
    expect(trace.status).toBe(405);
    expect(trace.text).not.toContain('canary');
    expect(
      except(
        ({ text }) => !/fastify|nestjs|typeorm|node_modules|\.js:\d+/i.test(text),
        answers.filter(({ path }) => !/^\/(docs|assets)/.test(path)),
      ),
    ).toEqual([]);
  });
});
