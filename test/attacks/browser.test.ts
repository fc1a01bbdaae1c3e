import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { browserOf } from '../support/page-cookies.js';
import { eventually, ROOT } from '../support/process.js';
import { NOBODY, ROUTES } from '../support/route-table.js';
import { Visitor } from '../support/visitor.js';

const ASSETS = join(ROOT, 'src/site/kit/assets');
const ELSEWHERE = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  'https://evil.example',
  'https:evil.example',
  'hTTps:\\evil.example',
  '@evil.example',
  '\u3002evil.example',
  '/.//evil.example',
  '/..//evil.example',
  'javascript:alert(1)',
  'data:text/html,evil',
  ' //evil.example',
  '\u0000//evil.example',
  'http://localhost:3000@evil.example',
  'http://localhost:3000.evil.example',
  '/accounts/login?next=//evil.example',
];

describe('a browser', () => {
  let app: TestApp;
  let boss: Session;
  /** Every page, as a superuser sees it, and as nobody does. */
  const pages: { path: string; text: string; isSignedIn: boolean }[] = [];
  const withPassword = () => pages.filter(({ text }) => text.includes('type="password"'));

  beforeAll(async () => {
    app = await startApp();
    boss = await superuserSession(app);
    await app.database.settled();
    const [mail] = await app.database.sql<{ id: string }>('SELECT id FROM mails LIMIT 1');
    const [role] = await app.database.sql<{ id: string }>('SELECT id FROM roles LIMIT 1');
    const { cookie } = browserOf(boss.accessToken);
    for (const { method, path, isPage } of ROUTES) {
      if (!isPage || method !== 'GET' || /\/(html|export)$/.test(path)) continue;
      const id = path.includes('/roles/')
        ? role!.id
        : path.includes('/mailbox/')
          ? mail!.id
          : boss.user.id;
      for (const isSignedIn of [true, false]) {
        const headers = { accept: 'text/html', ...(isSignedIn && { cookie }) };
        const answer = await app.http.get(path.replace(':id', id), headers);
        if (answer.text) pages.push({ path, text: answer.text, isSignedIn });
      }
    }
  });
  afterAll(() => app.close());

  it('is shown every page', () => {
    expect(pages.length).toBeGreaterThan(40);
    for (const { text } of pages) expect(text).toMatch(/^<!doctype html>/);
    expect(withPassword().length).toBeGreaterThan(5);
  });

  it('hides passwords and leaves them to whoever helps to type them [ASVS 6.2.6, 6.2.7]', () => {
    for (const { path, text } of withPassword()) {
      for (const [input] of text.matchAll(/<input[^>]*>/g)) {
        const isPassword = /name="\w*(password|secret)\w*"/i.test(input);
        expect({ path, input, hidden: /type="password"/.test(input) }).toEqual({
          path,
          input,
          hidden: isPassword,
        });
        if (!isPassword) continue;
        expect(input).toMatch(/autocomplete="(current|new)-password"/);
        expect(input).not.toMatch(/ value=|maxlength|readonly/i);
      }
      expect(text).not.toMatch(/\son\w+=|autocomplete="off"/);
    }
    const script = readFileSync(join(ASSETS, 'app.js'), 'utf8');
    expect(script).not.toMatch(/paste|copy|clipboard|keydown|keypress/i);
  });

  it('is always shown the way out by who is signed in [ASVS 7.4.4]', () => {
    const without = pages.filter(
      ({ text, isSignedIn }) => isSignedIn && !/action="\/accounts\/logout"/.test(text),
    );
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  it('loads what we serve, in technologies that live, and sends nothing elsewhere [ASVS 3.6.1, 3.7.1, 14.2.3]', () => {
    for (const { path, text } of pages) {
      expect(text).not.toMatch(
        /<(object|embed|applet|meta http-equiv|base|link rel="(preconnect|dns-prefetch)")/i,
      );
      for (const [, address] of text.matchAll(
        /<(?:script|link|img|iframe|form|source)[^>]*?\s(?:src|href|action)="([^"]*)"/g,
      )) {
        expect({ path, address }).toEqual({
          path,
          address: expect.stringMatching(/^(\/(?!\/)|data:,$)/),
        });
      }
    }
    for (const name of ['app.css', 'app.js']) {
      expect(readFileSync(join(ASSETS, name), 'utf8')).not.toMatch(
        /https?:\/\/|\/\/\w+\.\w|@import|fetch\(|XMLHttp|sendBeacon/,
      );
    }
  });

  it('writes text with the means for text, and keeps nothing [ASVS 3.2.2, 14.3.3]', () => {
    const script = readFileSync(join(ASSETS, 'app.js'), 'utf8');
    expect(script).toContain('textContent');
    expect(script).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(|javascript:|setTimeout\(['"`]/,
    );
    expect(script).not.toMatch(
      /localStorage|sessionStorage|indexedDB|caches\b|document\.cookie|postMessage/,
    );
    for (const { text } of pages) expect(text).not.toMatch(/<script(?! src="\/assets\/)/);
  });

  it('finds no secret in a page: no cookie, no token, no hash [A33] [ASVS 3.3.4, 10.1.1, 14.2.6]', async () => {
    const { cookie } = browserOf(boss.accessToken);
    const values = cookie.split('; ').map((one) => one.split('=')[1]!);
    const [row] = await app.database.sql<{ hash: string }>(
      'SELECT password_hash AS hash FROM users WHERE id = $1',
      [boss.user.id],
    );
    const secrets = [
      ...values,
      boss.accessToken,
      boss.refreshToken,
      row!.hash,
      row!.hash.slice(-20),
    ];
    for (const { path, text } of pages.filter((page) => !page.path.startsWith('/dev/'))) {
      for (const secret of secrets)
        expect({ path, found: text.includes(secret) }).toEqual({ path, found: false });
      expect(text).not.toMatch(/eyJ[\w-]+\.eyJ|ghr\.[0-9a-f]/);
    }
  });

  it('has no link with a secret in its address, and no form that puts one there [A33] [ASVS 14.2.1]', () => {
    for (const { path, text } of pages.filter((page) => !page.path.startsWith('/dev/'))) {
      expect({
        path,
        links: text.match(/href="[^"]*(token|password|secret|session)=[^"]*"/gi),
      }).toEqual({ path, links: null });
      for (const [form] of text.matchAll(/<form[^]*?<\/form>/g)) {
        if (!/^<form[^>]*method="post"/i.test(form))
          expect(form).not.toMatch(/type="password"|name="_token"/);
      }
    }
  });

  it('is sent to no other site by any parameter or header [A40] [ASVS 3.7.2]', async () => {
    const { cookie, formToken } = browserOf(boss.accessToken);
    const headers = { accept: 'text/html', cookie, 'sec-fetch-site': 'same-origin' };
    const safe = (location: string | null) =>
      expect(location).toMatch(/^\/(?![/\\])(?!.*[?&]next=%2F%2F)[\w/?=&%.-]*$/);
    for (const next of ELSEWHERE) {
      const encoded = encodeURIComponent(next);
      for (const name of [
        'next',
        'return',
        'returnTo',
        'redirect',
        'redirect_uri',
        'url',
        'continue',
      ]) {
        safe(
          (await app.http.get(`/accounts/login?${name}=${encoded}`, headers)).headers.get(
            'location',
          ),
        );
      }
      const form = new URLSearchParams({ _token: formToken, next, password: 'wrong' });
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const again = await app.http.send('POST', '/accounts/reauthenticate', form.toString(), {
        ...headers,
        ...type,
      });
      expect(again.status).toBe(422);
      expect(/name="next" value="([^"]*)"/.exec(again.text)![1]).toBe('/accounts/profile');
    }
    // Whoever has to sign in goes on to where they were, and hosts that a request names are not heard.
    for (const address of [
      '/accounts/profile',
      '//evil.example/accounts/profile',
      '/accounts/profile?next=//evil.example',
    ]) {
      const other = {
        accept: 'text/html',
        'x-forwarded-host': 'evil.example',
        'x-original-url': '//evil.example',
      };
      const { status, headers: got } = await app.http.get(`${app.http.url}${address}`, other);
      if (status === 303)
        expect(got.get('location')).toMatch(/^\/accounts\/login\?next=%2Faccounts/);
      else expect(status).toBe(404);
    }
  });

  it('that has to sign in again is sent back by no foreign or broken Referer [A40]', async () => {
    const { accessToken, user } = await newSession(app.http);
    await app.database.sql(
      `UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE user_id = $1`,
      [user.id],
    );
    // Times of sign-ins never change, so nobody is told; powers do.
    await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [user.id]);
    const { cookie, formToken } = browserOf(accessToken);
    const send = (referer: string) =>
      app.http.send(
        'POST',
        `/admin/users/${NOBODY}/powers/roles`,
        new URLSearchParams({ _token: formToken }).toString(),
        {
          accept: 'text/html',
          cookie,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
          referer,
        },
      );
    await eventually(async () => (await send('/')).status === 303, 'the sign-in is an hour old');
    for (const referer of [
      'http://[',
      'x',
      '',
      '//evil.example//evil.example',
      'https://evil.example//evil.example',
      'javascript:alert(1)',
      'http://a:b:c',
      `/${'x'.repeat(5_000)}`,
      '/admin/users',
    ]) {
      const answer = await send(referer);
      expect({ referer, status: answer.status }).toEqual({ referer, status: 303 });
      const location = answer.headers.get('location')!;
      expect(location).toMatch(/^\/accounts\/reauthenticate\?next=/);
      const shown = await app.http.get(location, { accept: 'text/html', cookie });
      expect(/name="next" value="([^"]*)"/.exec(shown.text)![1]).toMatch(/^\/(?!\/)/);
    }
  });

  it('and a cache before it take no page for a file [A43] [ASVS 14.2.5]', async () => {
    const { cookie } = browserOf(boss.accessToken);
    for (const { method, path, address, isPage } of ROUTES) {
      if (method !== 'GET' || path.startsWith('/assets') || path === '/') continue;
      for (const suffix of [
        '/x.css',
        '.css',
        ';x.css',
        '%2fx.css',
        '/.js',
        '%00.png',
        '%3Fx.css',
        '/',
        '//x.ico',
        '/..%2fassets%2fx.css',
      ]) {
        const headers = { accept: 'text/html,*/*', cookie };
        const {
          status,
          headers: got,
          text,
        } = isPage
          ? await app.http.get(address + suffix, headers)
          : await boss.http.get(address + suffix);
        // A slash at the end leads to the address without it, and shows nothing.
        if (suffix === '/' && status === 308) continue;
        expect({ address, suffix, isFound: status < 400 }).toEqual({
          address,
          suffix,
          isFound: false,
        });
        expect(got.get('cache-control')).toBe('no-store');
        expect(text).not.toContain(boss.user.email);
      }
    }
  });

  it('is served no file but the three of our pages [A100] [ASVS 13.4.1, 13.4.3, 13.4.7]', async () => {
    const names = [
      '/.git/config',
      '/.git/HEAD',
      '/.svn/entries',
      '/.env',
      '/.env.example',
      '/package.json',
      '/package-lock.json',
      '/dist/src/main.js',
      '/src/main.ts',
      '/node_modules/',
      '/Dockerfile',
      '/docker-compose.yml',
      '/migrations/',
      '/assets',
      '/assets/',
      '/assets/app.js',
      '/assets/app.css.map',
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/....//package.json',
      '/assets/%00',
      '/assets/../../../../etc/passwd',
      '/assets/..%5c..%5cpackage.json',
      '/backup.sql',
      '/phpinfo.php',
      '/server-status',
      '/actuator',
      '/metrics',
      '/debug',
      '/api-json',
      '/swagger',
      '/graphql',
      '/.well-known/',
      '/.well-known/openid-configuration',
      '/robots.txt~',
      '/docs',
      '/docs/openapi.json',
    ];
    for (const path of names) {
      const { status, text } = await app.http.get(app.http.url + path, { accept: 'text/html' });
      expect({ path, is: [400, 404].includes(status) }).toEqual({ path, is: true });
      expect(text).not.toMatch(/root:|"dependencies"|\[core\]/);
    }
  });

  it('keeps nothing of who has signed out or deleted their account [ASVS 14.3.1]', async () => {
    for (const [path, fields] of [
      ['/accounts/logout', {}],
      ['/accounts/delete', { currentPassword: PASSWORD }],
    ] as const) {
      const { username } = await newSession(app.http);
      const visitor = new Visitor(app.http);
      await visitor.post('/accounts/login', { username, password: PASSWORD });
      const answer = await visitor.post(path, fields);
      expect(answer.status).toBe(303);
      expect(answer.headers.get('clear-site-data')).toBe('"cache", "storage"');
      expect(visitor.cookies.has('gatehouse-session')).toBe(false);
      expect((await visitor.get('/accounts/profile')).status).toBe(303);
    }
  });

  it('has another cookie after the password was asked for again, and the one before is dead [A26] [ASVS 7.2.4]', async () => {
    const { username } = await newSession(app.http);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    const old = visitor.cookies.get('gatehouse-session')!;
    expect((await visitor.post('/accounts/reauthenticate', { password: PASSWORD })).status).toBe(
      303,
    );
    expect(visitor.cookies.get('gatehouse-session')).not.toBe(old);
    expect((await visitor.get('/accounts/profile')).status).toBe(200);
    visitor.cookies.set('gatehouse-session', old);
    expect((await visitor.get('/accounts/profile')).status).toBe(303);
  });

  it('ends no session of somebody else by its id [A34] [A85] [ASVS 8.2.2]', async () => {
    const [victim, mallory] = [await newSession(app.http), await newSession(app.http)];
    const { body } = await victim.http.get<{ sessionId: string }>('/api/auth/session');
    const { cookie, formToken } = browserOf(mallory.accessToken);
    const form = new URLSearchParams({ _token: formToken, id: body.sessionId });
    const answer = await app.http.send(
      'POST',
      `/accounts/sessions/${body.sessionId}/end`,
      form.toString(),
      {
        accept: 'text/html',
        cookie,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      },
    );
    expect([303, 404]).toContain(answer.status);
    expect((await victim.http.get('/api/users/me')).status).toBe(200);
  });
});
