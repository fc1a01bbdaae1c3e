import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, register } from '../support/accounts.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { browserOf } from '../support/page-cookies.js';
import { ROUTES, sendRaw } from '../support/route-table.js';
import { Visitor } from '../support/visitor.js';

const PREFIX = '/auth';
const PUBLIC_URL = `http://localhost:3000${PREFIX}`;
const OURS = /^\/auth(?:$|[/?#])/;
/** Within the page, nothing at all, or an address with an origin. */
const ELSEWHERE = /^(?:#|data:|https?:\/\/|\.\/)/;

describe('a PUBLIC_URL with a path', () => {
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    app = await startApp({ PUBLIC_URL, SWAGGER: 'on' });
    boss = await superuserSession(app);
  });
  afterAll(() => app.close());

  const addressesIn = (html: string) =>
    [...html.matchAll(/\s(?:href|action|formaction|src)="([^"]*)"/g)].map(([, one]) => one!);
  const strays = (text: string, location: string | null) =>
    [...addressesIn(text), ...(location === null ? [] : [location])].filter(
      (address) => !OURS.test(address) && !ELSEWHERE.test(address),
    );

  describe.each([
    ['strips it', ''],
    ['sends it on', PREFIX],
  ])('behind a proxy that %s', (_name, sent) => {
    it('is in every address of every page and redirect', async () => {
      const { cookie } = browserOf(boss.accessToken);
      const wrong: string[] = [];
      let found = 0;
      for (const { method, address, isPage } of ROUTES) {
        if (address.startsWith('/accounts/logout') && method === 'POST') continue;
        for (const headers of [{}, { cookie }] as Record<string, string>[]) {
          for (const rest of ['', '/', '?next=%2Fadmin']) {
            if (address === '/' && rest === '/') continue;
            const path = address + rest;
            const accept = isPage ? 'text/html' : '*/*';
            const answer = await app.http.send(method, sent + path, undefined, {
              accept,
              ...headers,
            });
            const location = answer.headers.get('location');
            const isHtml = /html/.test(answer.headers.get('content-type') ?? '');
            const all = strays(isHtml ? answer.text : '', location);
            found += isHtml ? addressesIn(answer.text).length : 0;
            wrong.push(...all.map((one) => `${method} ${sent}${path}: ${one}`));
          }
        }
      }
      for (const path of ['/nothing', '/%FC', '/docs']) {
        const { text } = await app.http.get(sent + path, { accept: 'text/html' });
        wrong.push(...strays(text, null).map((one) => `${path}: ${one}`));
      }
      expect(wrong).toEqual([]);
      expect(found).toBeGreaterThan(1_000);
    });

    it('leads from a page, over the sign-in, back to it', async () => {
      const { username } = await register(app.http);
      const visitor = new Visitor(app.http);
      const asked = await visitor.get(`${sent}/accounts/sessions?a=b`);
      const login = asked.headers.get('location')!;
      expect(login).toBe(`${PREFIX}/accounts/login?next=%2Faccounts%2Fsessions%3Fa%3Db`);
      const next = new URL(login, app.http.url).searchParams.get('next')!;
      const answer = await visitor.post('/accounts/login', { username, password: PASSWORD, next });
      expect(answer.headers.get('location')).toBe(`${PREFIX}/accounts/sessions?a=b`);
    });
  });

  it('may be in an address to go on to, and leads nowhere else', async () => {
    const { username } = await register(app.http);
    for (const [next, location] of [
      ['/auth/accounts/sessions', '/auth/accounts/sessions'],
      ['/auth//evil.example', '/auth/accounts/profile'],
      ['//evil.example', '/auth/accounts/profile'],
      ['/authority', '/auth/authority'],
    ] as const) {
      const visitor = new Visitor(app.http);
      const answer = await visitor.post('/accounts/login', { username, password: PASSWORD, next });
      expect([next, answer.headers.get('location')]).toEqual([next, location]);
    }
    for (const path of ['/auth//evil.example/', '//evil.example/', '/authority']) {
      const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
      expect(await sendRaw(app.http.url, request)).toMatch(/^HTTP\/1\.1 404 /);
    }
  });

  it('is in emails, tokens, the documentation and the redirect URIs of providers', async () => {
    const user = await register(app.http);
    await app.http.post('/api/account/password/reset', { email: user.email });
    await app.database.settled();
    const listed = await app.http.get('/dev/mailbox', { accept: 'text/html' });
    const [mail] = /\/dev\/mailbox\/[\w-]{36}/.exec(listed.text)!;
    const { text } = await app.http.get(`${mail}/html`, { accept: 'text/html' });
    const links = addressesIn(text);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(link.startsWith(`${PUBLIC_URL}/accounts/`)).toBe(true);

    const payload = JSON.parse(
      Buffer.from(boss.accessToken.split('.')[1]!, 'base64url').toString(),
    ) as Record<string, unknown>;
    expect([payload.iss, payload.aud]).toEqual([PUBLIC_URL, PUBLIC_URL]);
    const { body } = await app.http.get<{ servers: object[] }>('/docs/openapi.json');
    expect(body.servers).toEqual([{ url: PUBLIC_URL }]);
    const { text: providers } = await app.http.get('/admin/providers/add', {
      accept: 'text/html',
      cookie: browserOf(boss.accessToken).cookie,
    });
    expect(providers).not.toContain('http://localhost:3000/accounts');
  });

  it('leaves the origin alone by which forms are told from those of other sites', async () => {
    const { cookie, formToken } = browserOf(boss.accessToken);
    const send = async (origin: string) =>
      app.http.send('POST', '/accounts/profile', `_token=${formToken}`, {
        cookie,
        origin,
        'content-type': 'application/x-www-form-urlencoded',
      });
    expect((await send('http://localhost:3000')).status).toBe(303);
    expect((await send('http://evil.example')).status).toBe(403);
  });
});
