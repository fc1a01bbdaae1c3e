import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { ROUTES } from '../support/route-table.js';

const APP = 'https://app.example.com';
const OTHER = 'http://localhost:5173';
const FOREIGN = [
  'https://evil.example',
  'null',
  '',
  '*',
  `${APP}.evil.example`,
  `${APP}:8443`,
  `${APP}/`,
  'http://app.example.com',
  'https://APP.example.com',
  'https://xapp.example.com',
  `${APP}, ${OTHER}`,
  PUBLIC_URL,
];

describe('CORS_ORIGINS', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ CORS_ORIGINS: `${APP} , ${OTHER}`, SWAGGER: 'on' });
  });
  afterAll(() => app.close());

  const corsOf = (headers: Headers) =>
    Object.fromEntries(
      [...headers].flatMap(([name, value]) =>
        name.startsWith('access-control-') ? [[name.slice('access-control-'.length), value]] : [],
      ),
    );
  const preflight = (path: string, origin: string, method = 'POST') =>
    app.http.send('OPTIONS', path, undefined, {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    });

  it('lets pages of its origins call the API, and read what an answer says in headers', async () => {
    const { http } = await newSession(app.http);
    for (const origin of [APP, OTHER]) {
      const asked = await preflight('/api/users/me', origin, 'GET');
      expect(asked.status).toBe(204);
      expect(corsOf(asked.headers)).toEqual({
        'allow-origin': origin,
        'allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'allow-headers': 'authorization, content-type',
        'max-age': '600',
      });
      const answer = await http.get('/api/users/me', { origin });
      expect(answer.status).toBe(200);
      expect(corsOf(answer.headers)).toEqual({
        'allow-origin': origin,
        'expose-headers': 'allow, content-disposition, retry-after, www-authenticate, x-request-id',
      });
      expect(answer.headers.get('vary')).toBe('Origin');
    }
    // A preflight carries no credential, and an origin is none.
    expect((await app.http.get('/api/users/me', { origin: APP })).status).toBe(401);
  });

  it('lets them read failures as well: 401, 404, 405, 413, 415 and 422', async () => {
    const send = async (method: string, path: string, body?: string, type = 'application/json') => {
      const headers = { origin: APP, ...(body !== undefined && { 'content-type': type }) };
      const answer = await app.http.send(method, path, body, headers);
      return [answer.status, answer.headers.get('access-control-allow-origin')];
    };
    const login = '/api/auth/login';
    expect(await send('GET', '/api/users')).toEqual([401, APP]);
    expect(await send('GET', '/api/nothing')).toEqual([404, APP]);
    expect(await send('PUT', login, '{}')).toEqual([405, APP]);
    expect(await send('POST', login, JSON.stringify({ a: 'a'.repeat(70_000) }))).toEqual([
      413,
      APP,
    ]);
    expect(await send('POST', login, '{}', 'text/plain')).toEqual([415, APP]);
    expect(await send('POST', login, '{}')).toEqual([422, APP]);
    const wrong = JSON.stringify({ username: 'nobody', password: PASSWORD });
    expect(await send('POST', login, wrong)).toEqual([401, APP]);
  });

  it('answers every path of the API, for every method that it has', async () => {
    for (const { method, address } of ROUTES.filter(({ path }) => path.startsWith('/api/'))) {
      const { status, headers } = await preflight(address, APP, method);
      const allowed = headers.get('access-control-allow-methods')?.split(', ');
      expect({ address, status, isAllowed: allowed?.includes(method) }).toEqual({
        address,
        status: 204,
        isAllowed: true,
      });
    }
  });

  it('allows no other origin anything [A38] [ASVS 3.4.2]', async () => {
    for (const origin of FOREIGN) {
      for (const path of ['/api/auth/login', '/api/users', '/api/nothing']) {
        const answers = [
          await preflight(path, origin),
          await app.http.get(path, { origin }),
          await app.http.post(path, {}, { origin }),
        ];
        for (const { headers } of answers) {
          expect({ origin, cors: corsOf(headers) }).toEqual({ origin, cors: {} });
          expect(headers.get('vary')).toBe('Origin');
        }
      }
    }
    const { headers } = await app.http.get('/api/users');
    expect([corsOf(headers), headers.get('vary')]).toEqual([{}, 'Origin']);
  });

  it('opens no page, and nothing else outside of the API', async () => {
    const elsewhere = ROUTES.filter(({ path }) => !path.startsWith('/api/'));
    const others = ['/docs', '/docs/openapi.json', '/apiary', '/API/auth/session', '/x/api/users'];
    for (const path of [...elsewhere.map(({ address }) => address), ...others]) {
      for (const { headers } of [
        await preflight(path, APP),
        await app.http.get(path, { origin: APP, accept: 'text/html' }),
      ]) {
        expect({ path, cors: corsOf(headers) }).toEqual({ path, cors: {} });
      }
    }
  });

  it('works under a path prefix, where the prefix belongs to the address and not to the origin', async () => {
    const prefixed = await startApp({ CORS_ORIGINS: APP, PUBLIC_URL: 'https://example.com/auth' });
    try {
      for (const path of ['/auth/api/users', '/api/users']) {
        const { headers } = await prefixed.http.get(path, { origin: APP });
        expect(headers.get('access-control-allow-origin')).toBe(APP);
      }
      const { headers } = await prefixed.http.get('/auth/accounts/login', { origin: APP });
      expect(corsOf(headers)).toEqual({});
    } finally {
      await prefixed.close();
    }
  });
});
