import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { freePort, ROOT } from '../support/process.js';

const page = readFileSync(join(ROOT, 'docs/single-page-apps.md'), 'utf8');
const [, EXAMPLE] = /^```js\n([\s\S]*?)^```$/m.exec(page)!;

type Options = { method: string; headers: Record<string, string>; body: string };

/** What the example exports, as the pages of the test have it. */
declare const app: {
  signIn: (username: string, password: string) => Promise<{ username: string }>;
  refresh: () => Promise<{ username: string } | undefined>;
  call: (path: string, options?: Options) => Promise<Response>;
  signOut: () => Promise<void>;
};

/** Serves the example on localhost, as an application of its own origin. */
async function serveExample(api: string): Promise<{ origin: string; server: Server }> {
  const code = EXAMPLE!.replace('https://accounts.example.com', api);
  const server = createServer((request, response) => {
    const isScript = request.url === '/session.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    const html =
      '<script type="module">import * as app from "/session.js"; window.app = app;</script>';
    response.end(isScript ? code : `<!doctype html><title>Application</title>${html}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, server };
}

describe('docs/single-page-apps.md, in a browser', () => {
  let gatehouse: TestApp;
  let browser: Browser;
  let api: string;
  let listed: Awaited<ReturnType<typeof serveExample>>;
  let other: Awaited<ReturnType<typeof serveExample>>;
  let tab: Page;
  let username: string;
  beforeAll(async () => {
    const port = await freePort();
    api = `http://localhost:${port}`;
    [listed, other] = [await serveExample(api), await serveExample(api)];
    gatehouse = await startApp({
      PORT: String(port),
      PUBLIC_URL: api,
      CORS_ORIGINS: listed.origin,
    });
    ({ username } = await register(gatehouse.http));
    browser = await launchBrowser();
    tab = await browser.newPage();
    await open(listed.origin);
  });
  afterAll(async () => {
    await browser.close();
    listed.server.close();
    other.server.close();
    await gatehouse.close();
  });

  const open = async (origin: string) => {
    await tab.goto(origin);
    await tab.waitForFunction(() => 'app' in globalThis);
  };
  const signIn = () =>
    tab.evaluate(([name, password]) => app.signIn(name!, password!), [username, PASSWORD]);
  const refresh = () => tab.evaluate(async () => (await app.refresh())?.username);
  const call = (path: string, options?: Options) =>
    tab.evaluate(
      async ([to, how]) => {
        const answer = await app.call(to, how);
        return { status: answer.status, id: answer.headers.get('x-request-id') };
      },
      [path, options] as const,
    );

  it('shows a visitor the sign-in, and why it failed', async () => {
    expect(await refresh()).toBeUndefined();
    const refused = tab.evaluate(
      ([name]) => app.signIn(name!, 'wrong').catch((e) => e.code),
      [username],
    );
    expect(await refused).toBe('invalid_credentials');
    expect((await call('/api/users/me')).status).toBe(401);
  });

  it('signs in, calls the API with every method, and leaves nothing that a script can read', async () => {
    expect((await signIn()).username).toBe(username);
    const answer = await call('/api/users/me');
    expect(answer).toEqual({ status: 200, id: expect.stringMatching(/^[\da-f-]{36}$/) });
    const patch = await call('/api/users/me', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"firstName":"Ann"}',
    });
    expect(patch.status).toBe(200);
    const readable = await tab.evaluate(() =>
      JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
    );
    expect(readable).toBe('["",{},{}]');
    const cookies = await tab.context().cookies();
    expect(cookies).toEqual([
      expect.objectContaining({
        name: 'gatehouse-refresh',
        path: '/api/auth',
        httpOnly: true,
        sameSite: 'Strict',
      }),
    ]);
  });

  it('is signed in after a reload, in several calls at once', async () => {
    await open(listed.origin);
    const statuses = await tab.evaluate(async () => {
      const calls = Array.from({ length: 14 }, () => app.call('/api/auth/session'));
      return (await Promise.all(calls)).map(({ status }) => status);
    });
    expect(statuses).toEqual(Array(14).fill(200));
    await open(listed.origin);
    expect(await refresh()).toBe(username);
  });

  it('is nothing to a page of an origin that is not listed, on the same site', async () => {
    await open(other.origin);
    const failure = (what: 'refresh' | 'signOut') =>
      tab.evaluate((name) => app[name]().then(String, (error: Error) => error.name), what);
    expect(await failure('refresh')).toBe('TypeError');
    expect(await failure('signOut')).toBe('TypeError');
    // What needs no permission of ours, as a form does not: the cookie goes along, and is refused.
    await tab.evaluate(async (url) => {
      const options: RequestInit = { method: 'POST', mode: 'no-cors', credentials: 'include' };
      for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
        const headers = { 'content-type': type };
        // The answer is not for this page, but the request has been sent.
        await fetch(url, { ...options, headers, body: '{}' }).catch(() => undefined);
      }
    }, `${api}/api/auth/logout`);
    await open(listed.origin);
    expect(await refresh()).toBe(username);
  });

  it('signs out for good', async () => {
    await tab.evaluate(() => app.signOut());
    expect(await tab.context().cookies()).toEqual([]);
    expect((await call('/api/users/me')).status).toBe(401);
    await open(listed.origin);
    expect(await refresh()).toBeUndefined();
  });
});
