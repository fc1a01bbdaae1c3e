import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, PASSWORD } from '../support/accounts.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { operationsOf, type Operation } from '../support/openapi.js';
import { browserOf } from '../support/page-cookies.js';
import { FORMS, NOBODY, ROUTES, sendRaw } from '../support/route-table.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
/** Byte sequences that RFC 3629 forbids. */
const NOT_UTF8 = {
  'ISO-8859-1': [0xfc],
  'a stray continuation byte': [0x80],
  'a truncated sequence': [0xe2, 0x82],
  'an overlong form': [0xc0, 0xaf],
  'an encoded surrogate': [0xed, 0xa0, 0x80],
  'beyond U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
};
const SEQUENCES = Object.entries(NOT_UTF8);
const bytesOf = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const escaped = (bytes: number[]) =>
  bytes.map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');

interface Answer {
  status: number;
  type: string;
  text: string;
  headers: Headers;
}

describe('a request', () => {
  let app: TestApp;
  let boss: Session;
  let operations: Operation[];
  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' });
    boss = await superuserSession(app);
    operations = await operationsOf(app.http, NOBODY);
  });
  afterAll(() => app.close());

  /** Watches the database; returns what proves that nothing was changed since. */
  const watchDatabase = async () => {
    const before = await app.database.fingerprint('audit_events');
    return async () => expect(await app.database.fingerprint('audit_events')).toBe(before);
  };
  const send = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Buffer | string,
  ): Promise<Answer> => {
    const response = await fetch(`${app.http.url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    return {
      status: response.status,
      type,
      text: await response.text(),
      headers: response.headers,
    };
  };
  const bearer = () => ({ authorization: `Bearer ${boss.accessToken}` });
  const form = () => {
    const { cookie, formToken } = browserOf(boss.accessToken);
    const headers = {
      accept: 'text/html',
      cookie,
      'sec-fetch-site': 'same-origin',
      'content-type': FORM_TYPE,
    };
    return { headers, token: `_token=${formToken}` };
  };
  const isProblem = ({ type, text }: Answer, code: string) =>
    type === 'application/problem+json' && (JSON.parse(text) as { code: string }).code === code;

  describe('that is not UTF-8', () => {
    it('is 400 for every operation of the API, and changes nothing', async () => {
      const unchanged = await watchDatabase();
      const accepted: string[] = [];
      const withBody = operations.filter(({ body }) => body !== undefined);
      for (const [i, { method, path, body }] of withBody.entries()) {
        for (const [j, field] of [...Object.keys(body!), 'unknown'].entries()) {
          const rest = JSON.stringify({ ...body, [field]: undefined }).slice(0, -1);
          const start = rest === '{' ? rest : `${rest},`;
          const [name, bytes] = SEQUENCES[(i + j) % SEQUENCES.length]!;
          for (const json of [
            bytesOf(start, `"${field}":"a`, bytes, 'b"}'),
            bytesOf(start, `"${field}`, bytes, '":"a"}'),
          ]) {
            const headers = { ...bearer(), 'content-type': JSON_TYPE };
            const answer = await send(method, path, headers, json);
            if (answer.status !== 400 || !isProblem(answer, 'malformed_request')) {
              accepted.push(`${method} ${path} ${field} ${name}: ${answer.status}`);
            }
          }
        }
      }
      expect(accepted).toEqual([]);
      expect(withBody.length).toBeGreaterThanOrEqual(25);
      await unchanged();
    });

    it('is an error page for every form, whether its bytes are escaped or not', async () => {
      const unchanged = await watchDatabase();
      const accepted: string[] = [];
      const { headers, token } = form();
      for (const [i, { address }] of FORMS.entries()) {
        const [name, bytes] = SEQUENCES[i % SEQUENCES.length]!;
        for (const body of [
          bytesOf(`${token}&username=a`, bytes),
          bytesOf(`${token}&a`, bytes, '=b'),
          bytesOf(`${token}&username=a${escaped(bytes)}b`),
          bytesOf(`${token}&a${escaped(bytes)}=b`),
        ]) {
          const answer = await send('POST', address, headers, body);
          if (answer.status !== 400 || answer.type !== 'text/html') {
            accepted.push(`${address} ${name}: ${answer.status} ${answer.type}`);
          }
        }
      }
      expect(accepted).toEqual([]);
      await unchanged();
    });

    it('is 400 in every address, as an error page for browsers', async () => {
      const unchanged = await watchDatabase();
      const accepted: string[] = [];
      for (const [i, { method, address, isPage }] of ROUTES.entries()) {
        const [, bytes] = SEQUENCES[i % SEQUENCES.length]!;
        for (const path of [
          `${address}?search=${escaped(bytes)}`,
          `${address}?a${escaped(bytes)}=b`,
          `${address}/${escaped(bytes)}`,
        ]) {
          const headers = isPage ? form().headers : bearer();
          const answer = await send(method, path, headers, method === 'GET' ? undefined : '');
          const isRefused = isPage
            ? answer.type === 'text/html'
            : isProblem(answer, 'malformed_request');
          if (answer.status !== 400 || !isRefused) {
            accepted.push(`${method} ${path}: ${answer.status} ${answer.type}`);
          }
        }
      }
      expect(accepted).toEqual([]);
      await unchanged();
    });

    it.each([
      ['a lone surrogate', String.raw`\ud800`],
      ['half a pair', String.raw`\ude00x`],
      ['a pair in the wrong order', String.raw`\ude00\ud83d`],
      ['a pair with something between', String.raw`\ud83d\\\ude00`],
    ])('is 400 when JSON escapes %s', async (_name, escape) => {
      for (const json of [`{"username":"${escape}","password":"x"}`, `{"${escape}":1}`]) {
        const answer = await send('POST', '/api/auth/login', { 'content-type': JSON_TYPE }, json);
        expect(isProblem(answer, 'malformed_request')).toBe(true);
      }
    });

    it('does not make two passwords equal', async () => {
      const username = newUsername();
      const registration = (password: number[] | string) =>
        bytesOf(
          `{"username":"${username}","email":"${username}@example.com","password":"gr`,
          password,
          'ne wiese haus"}',
        );
      const json = { 'content-type': JSON_TYPE };
      const refused = await send('POST', '/api/auth/register', json, registration([0xfc]));
      expect(refused.status).toBe(400);
      const added = await send('POST', '/api/auth/register', json, registration('ü'));
      expect(added.status).toBe(201);
      for (const bytes of [[0xfc], [0xf6]]) {
        const login = bytesOf(`{"username":"${username}","password":"gr`, bytes, 'ne wiese haus"}');
        expect((await send('POST', '/api/auth/login', json, login)).status).toBe(400);
      }
      const login = `{"username":"${username}","password":"grüne wiese haus"}`;
      expect((await send('POST', '/api/auth/login', json, login)).status).toBe(200);
    });
  });

  it('may escape pairs of surrogates, and begin with a byte order mark', async () => {
    const json = String.raw`{"username":"\ud83d\ude00 \\ud800","password":"x"}`;
    for (const text of [json, `\uFEFF${json}`]) {
      const answer = await send('POST', '/api/auth/login', { 'content-type': JSON_TYPE }, text);
      expect(isProblem(answer, 'malformed_request')).toBe(false);
    }
  });

  describe('with a charset', () => {
    const credentials = JSON.stringify({ username: 'nobody', password: PASSWORD });

    it.each(['utf-8', 'UTF-8', '"utf-8"', '"UTF-8"', 'utf8', 'UTF8'])(
      '%s is read',
      async (name) => {
        const types = [`${JSON_TYPE}; charset=${name}`, `${JSON_TYPE};Charset=${name};x=y`];
        for (const type of types) {
          const answer = await send(
            'POST',
            '/api/auth/login',
            { 'content-type': type },
            credentials,
          );
          expect(answer.status).toBe(401);
        }
        const { headers, token } = form();
        const type = { 'content-type': `${FORM_TYPE}; charset=${name}` };
        const answer = await send('POST', '/accounts/profile', { ...headers, ...type }, token);
        expect(answer.status).toBe(303);
      },
    );

    it.each([
      'iso-8859-1',
      'utf-16',
      'utf-16le',
      'utf-32',
      'utf-7',
      'windows-1252',
      '"latin1"',
      'us-ascii',
      'utf-8; charset=iso-8859-1',
      'iso-8859-1; charset=utf-8',
      '""',
      'utf-8x',
    ])('%s is 415', async (name) => {
      const unchanged = await watchDatabase();
      const json = { 'content-type': `${JSON_TYPE}; charset=${name}` };
      const answer = await send('POST', '/api/auth/login', json, credentials);
      expect(isProblem(answer, 'unsupported_media_type')).toBe(true);
      const { headers, token } = form();
      const type = { 'content-type': `${FORM_TYPE}; charset=${name}` };
      const page = await send('POST', '/accounts/profile', { ...headers, ...type }, token);
      expect([page.status, page.type]).toEqual([415, 'text/html']);
      await unchanged();
    });
  });

  describe('without a body', () => {
    const TYPES = [
      JSON_TYPE,
      `${JSON_TYPE}; charset=utf-8`,
      FORM_TYPE,
      'text/plain',
      'text/plain; charset=iso-8859-1',
      'multipart/form-data; boundary=x',
      'application/xml',
      'nonsense',
      ' ',
    ];
    /** Bodies of nothing, with any type, and JSON of nothing. */
    const EMPTY = [
      ...TYPES.flatMap((type) => [
        `Content-Type: ${type}\r\n\r\n`,
        `Content-Type: ${type}\r\nContent-Length: 0\r\n\r\n`,
        `Content-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ]),
      'Content-Length: 0\r\n\r\n',
      'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ...['{}', 'null', '""'].map(
        (json) => `Content-Type: ${JSON_TYPE}\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
      ),
    ];
    const ask = async (method: string, path: string, rest: string) => {
      const head = `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`;
      const authorization = `Authorization: ${bearer().authorization}\r\n`;
      const answer = await sendRaw(app.http.url, head + authorization + rest);
      return Number(answer.split(' ', 2)[1]);
    };

    it('is the same for an operation that takes none, whatever its headers say', async () => {
      const different: string[] = [];
      // Signing out would end the session of the others.
      const bodiless = operations.filter(
        ({ method, body, path }) =>
          body === undefined && method !== 'GET' && !/logout|account.sessions$/.test(path),
      );
      for (const { method, path } of bodiless) {
        const expected = await ask(method, path, '\r\n');
        for (const rest of EMPTY) {
          const status = await ask(method, path, rest);
          if (status !== expected) different.push(`${method} ${path} ${rest}: ${status}`);
        }
      }
      expect(different).toEqual([]);
      expect(bodiless.length).toBeGreaterThanOrEqual(7);
    });

    it('signs out, and ends the session', async () => {
      for (const rest of EMPTY) {
        const session = await newSession(app.http);
        const head = 'POST /api/auth/logout HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
        const token = `Authorization: Bearer ${session.accessToken}\r\n`;
        expect(await sendRaw(app.http.url, head + token + rest)).toMatch(/^HTTP\/1.1 204 /);
        expect((await session.http.get('/api/auth/session')).status).toBe(401);
      }
    });

    it('is 422 for an operation that takes one', async () => {
      const unchanged = await watchDatabase();
      const accepted: string[] = [];
      for (const { method, path, body } of operations) {
        // Signing out needs no body.
        if (body === undefined || path.endsWith('/logout')) continue;
        for (const rest of EMPTY) {
          // All that they take may be left out.
          if (rest.endsWith('{}') && method === 'PATCH') continue;
          const status = await ask(method, path, rest);
          if (status !== 422 && status !== 415)
            accepted.push(`${method} ${path} ${rest}: ${status}`);
        }
      }
      expect(accepted).toEqual([]);
      await unchanged();
    });
  });

  /** An address of each route, and the methods that the table has for it. */
  const addresses = new Map(
    ROUTES.map(({ address, isPage }) => {
      const methods = ROUTES.filter(({ path }) => patternOf(path).test(address)).map(
        ({ method }) => method,
      );
      const all = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
      return [address, { isPage, methods: new Set(all) }];
    }),
  );

  describe('with a method that its address does not have', () => {
    const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH'];

    it('is 405 for every route, with the methods that it has, also without a sign-in', async () => {
      const different: string[] = [];
      let tried = 0;
      for (const [address, { isPage, methods }] of addresses) {
        const allow = [...methods, 'OPTIONS'].toSorted().join(', ');
        for (const method of METHODS.filter((one) => !methods.has(one))) {
          tried++;
          const lines = ['Host: a', 'Connection: close', ...(isPage ? ['Accept: text/html'] : [])];
          const request = `${method} ${address}?a=b HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
          const answer = await sendRaw(app.http.url, request);
          const isRight =
            answer.startsWith('HTTP/1.1 405 ') &&
            answer.includes(`\r\nallow: ${allow}\r\n`) &&
            answer.includes(isPage ? '<!doctype html>' : '"code":"method_not_allowed"');
          if (!isRight) different.push(`${method} ${address}: ${answer.slice(0, 20)}`);
        }
      }
      expect(different).toEqual([]);
      expect(tried).toBeGreaterThan(ROUTES.length * 4);
    });

    it('is 405 whatever its body is', async () => {
      const headers = { 'content-type': 'application/xml' };
      const answer = await send('PUT', '/api/auth/login', headers, '<');
      expect(isProblem(answer, 'method_not_allowed')).toBe(true);
    });

    it('is 204 for OPTIONS, with the same list and nothing for other origins', async () => {
      for (const [address, { methods }] of addresses) {
        const { status, text, headers } = await send('OPTIONS', address, {
          origin: 'https://evil.example',
        });
        expect({ address, status, text }).toEqual({ address, status: 204, text: '' });
        expect(headers.get('allow')).toBe([...methods, 'OPTIONS'].toSorted().join(', '));
        expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    });

    it('is 404 at an address that is not known', async () => {
      for (const method of ['GET', 'POST', 'PUT', 'OPTIONS', 'HEAD']) {
        for (const path of ['/nothing', '/api', '/api/nothing', '/api/users//roles']) {
          const { status, headers } = await send(method, path, { accept: 'application/json' });
          expect({ method, path, status }).toEqual({ method, path, status: 404 });
          expect(headers.get('allow')).toBeNull();
        }
      }
    });

    it('may be HEAD wherever GET is, with the same answer', async () => {
      for (const [address, { methods, isPage }] of addresses) {
        if (!methods.has('GET')) continue;
        const headers: Record<string, string> = isPage ? { accept: 'text/html' } : {};
        const [get, head] = [
          await send('GET', address, headers),
          await send('HEAD', address, headers),
        ];
        expect([address, head.status, head.type, head.text]).toEqual([
          address,
          get.status,
          get.type,
          '',
        ]);
      }
    });
  });

  describe('with a slash at the end of its address', () => {
    it('is sent to the address without it, with its query, also without a sign-in', async () => {
      const different: string[] = [];
      for (const { method, address, isPage } of ROUTES) {
        if (address === '/') continue;
        const headers: Record<string, string> = isPage
          ? { accept: 'text/html', 'content-type': FORM_TYPE }
          : {};
        const path = `${address}/?next=%2Fx&a=b`;
        const body = method === 'GET' ? undefined : 'a=b';
        const answer = await send(method, path, headers, body);
        const location = answer.headers.get('location');
        if (answer.status !== 308 || location !== `${address}?next=%2Fx&a=b`) {
          different.push(`${method} ${path}: ${answer.status} ${location}`);
        }
      }
      expect(different).toEqual([]);
    });

    it.each([
      ['HEAD', '/accounts/login/'],
      ['GET', '/admin/'],
      ['GET', '/api/users/'],
      ['GET', '/api/users/me/'],
      ['GET', '/accounts/logout/'],
    ])('%s %s leads to the same without it', async (method, path) => {
      const { status, headers } = await send(method, path, {});
      expect([status, headers.get('location')]).toEqual([308, path.slice(0, -1)]);
    });

    it('stays what it was where there is nothing without it, or more than one', async () => {
      for (const path of [
        '/nothing/',
        '/api/',
        '/.git/',
        '//',
        '///',
        '//evil.example/',
        '///evil.example/',
        '/\\evil.example/',
        '/%2f/evil.example/',
        '/%2fevil.example/',
        '/%5cevil.example/',
        '//evil.example/accounts/login/',
        '//accounts/login/',
        '/accounts//login/',
        '/accounts/login//',
        '/accounts/login/%2f',
        '/accounts\\login/',
        '/.//accounts/login/',
        '/accounts/login;/',
        'http://evil.example//accounts/login/',
      ]) {
        const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
        const answer = await sendRaw(app.http.url, request);
        expect(`${path} ${answer.slice(9, 12)}`).toBe(`${path} 404`);
        expect(answer).not.toMatch(/\r\nlocation:/i);
      }
    });

    it('stays on this site, whatever its target says', async () => {
      const target = 'http://evil.example/accounts/login/?a=b';
      const request = `GET ${target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
      const answer = await sendRaw(app.http.url, request);
      expect(answer).toMatch(/^HTTP\/1\.1 308 [^]*\r\nlocation: \/accounts\/login\?a=b\r\n/);
    });

    it('leads to the documentation, too', async () => {
      expect(await send('GET', '/docs/', { accept: 'text/html' })).toMatchObject({ status: 308 });
      for (const path of ['/docs', '/']) {
        expect((await send('GET', path, { accept: 'text/html' })).status).toBe(200);
      }
    });
  });

  describe('with an unknown parameter in its query', () => {
    it('is 422 for every operation of the API, and names it', async () => {
      const different: string[] = [];
      for (const { method, path, query } of operations) {
        if (!path.startsWith('/api/')) continue;
        const body = method === 'GET' || method === 'DELETE' ? undefined : '{}';
        const headers = { ...bearer(), ...(body && { 'content-type': JSON_TYPE }) };
        const answer = await send(method, `${path}?_=1&limt=5`, headers, body);
        const errors = answer.status === 422 ? JSON.parse(answer.text).errors : [];
        const named = new Set(
          (errors as { field: string; code: string }[])
            .filter(({ code }) => code === 'unknown_field')
            .map(({ field }) => field),
        );
        if (!named.has('_') || !named.has('limt')) {
          different.push(`${method} ${path} [${query.join()}]: ${answer.status} ${answer.text}`);
        }
      }
      expect(different).toEqual([]);
    });

    it('is the same without it for every page, and everything that is not the API', async () => {
      for (const { method, address, isPage, path } of ROUTES) {
        if (method !== 'GET' || path.startsWith('/api/') || path === '/metrics') continue;
        const headers = isPage ? form().headers : {};
        const plain = await send(method, address, headers);
        const tracked = await send(method, `${address}?_=1&utm_source=x&limit=y`, headers);
        expect([address, tracked.status]).toEqual([address, plain.status]);
      }
    });
  });

  describe('for what is at the same address on every site', () => {
    it('leads password managers to the page for a new password', async () => {
      const { status, headers } = await send('GET', '/.well-known/change-password', {});
      expect([status, headers.get('location')]).toEqual([303, '/accounts/password/change']);
    });

    it('gets an icon and a robots.txt, which are kept for a day', async () => {
      const icon = await fetch(`${app.http.url}/favicon.ico`);
      expect(icon.headers.get('content-type')).toBe('image/x-icon');
      expect(Buffer.from(await icon.arrayBuffer()).subarray(0, 4)).toEqual(
        Buffer.from([0, 0, 1, 0]),
      );
      const robots = await send('GET', '/robots.txt', { accept: 'text/html' });
      expect([robots.status, robots.type, robots.text]).toEqual([
        200,
        'text/plain',
        'User-agent: *\nDisallow: /\n',
      ]);
      for (const { headers } of [icon, robots]) {
        expect(headers.get('cache-control')).toBe('public, max-age=86400');
      }
    });

    it('gets a short 404 for what is not there', async () => {
      const contact = await send('GET', '/.well-known/security.txt', { accept: 'text/html' });
      expect([contact.status, contact.type, contact.text]).toEqual([
        404,
        'text/plain',
        'Not found\n',
      ]);
      expect(contact.headers.get('cache-control')).toBe('no-store');
      for (const [path, accept] of [
        ['/apple-touch-icon.png', 'image/avif,image/webp,*/*;q=0.8'],
        ['/sitemap.xml', '*/*'],
        ['/assets/app-old.js', '*/*'],
        ['/.well-known/resource-that-should-not-exist', ''],
      ] as const) {
        const answer = await send('GET', path, { accept });
        expect([path, isProblem(answer, 'not_found')]).toEqual([path, true]);
        expect(answer.text.length).toBeLessThan(300);
      }
    });
  });

  it('to continue is met: the answer comes after the body', async () => {
    const credentials = JSON.stringify({ username: 'nobody', password: PASSWORD });
    const head = `POST /api/auth/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${credentials.length}\r\n\r\n`;
    const answer = await sendRaw(app.http.url, head + credentials);
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 401 /);
  });

  it.each([
    ['without a Host', 'GET /health/live HTTP/1.1\r\n', 400, 'malformed_request'],
    ['with two', 'GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n', 400, 'malformed_request'],
    [
      'with an Expect',
      'GET /health/live HTTP/1.1\r\nHost: a\r\nExpect: x\r\n',
      417,
      'expectation_failed',
    ],
    ['for a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n', 405, 'method_not_allowed'],
    ['for another version', 'GET /health/live HTTP/9.9\r\nHost: a\r\n', 400, 'malformed_request'],
    [
      'with an unknown coding',
      'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n',
      400,
      'malformed_request',
    ],
  ])('%s gets a problem document', async (_name, head, status, code) => {
    const answer = await sendRaw(app.http.url, `${head}Connection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
    expect(answer).toMatch(/\r\nx-content-type-options: nosniff\r\n/i);
    expect(answer).toMatch(/\r\nx-request-id: [\w-]{36}\r\n/i);
  });

  it('to upgrade is answered as any other, and HTTP/1.0 needs no Host', async () => {
    const upgrade = 'Host: a\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n';
    for (const rest of [`1.1\r\n${upgrade}`, '1.0\r\n']) {
      const answer = await sendRaw(app.http.url, `GET /health/live HTTP/${rest}\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    }
  });
});

describe('SECURITY_CONTACT', () => {
  it('is published for a while [RFC 9116]', async () => {
    const contact = 'mailto:security@example.com';
    const app = await startApp({ SECURITY_CONTACT: contact });
    try {
      const answer = await app.http.get('/.well-known/security.txt');
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      const fields = Object.fromEntries(
        answer.text
          .trim()
          .split('\n')
          .map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]),
      );
      expect(fields).toEqual({
        Contact: contact,
        Expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00\.000Z$/),
        Canonical: `${PUBLIC_URL}/.well-known/security.txt`,
      });
      const days = (Date.parse(fields.Expires!) - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(30);
      expect(days).toBeLessThan(366);
    } finally {
      await app.close();
    }
  });
});

/** Matches the addresses of a route. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}
