import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { issueToken, PASSWORD, register } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { freePort } from '../support/process.js';
import { ROUTES } from '../support/route-table.js';
import { Visitor } from '../support/visitor.js';

const LINKS = [
  ['prove_email', '/accounts/email/verify'],
  ['undo_email_change', '/accounts/email/undo'],
  ['reset_password', '/accounts/password/reset/confirm'],
] as const;

describe('forms that ask for a password', () => {
  let app: TestApp;
  beforeAll(async () => {
    const port = String(await freePort());
    app = await startApp({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
  });
  afterAll(() => app.close());

  /** Every page that can be opened, as HTML, with the name of the account that it is about. */
  async function pages(): Promise<{ path: string; text: string; username: string }[]> {
    const { user } = await superuserSession(app);
    const { username } = user;
    const visitor = new Visitor(app.http);
    const shown: { path: string; text: string; username: string }[] = [];
    const add = async (path: string, name: string) => {
      const { text, status, headers } = await visitor.get(path);
      if (status === 200) shown.push({ path, text, username: name });
      return headers.get('location') ?? '';
    };
    const paths = ROUTES.filter(({ method, isPage }) => method === 'GET' && isPage);
    for (const { address } of paths) await add(address, '');
    for (const [purpose, path] of LINKS) {
      const account = await register(app.http);
      const token = await issueToken(app.database, purpose, account);
      await add(await add(`${path}?token=${token}`, ''), account.username);
    }
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    for (const { address } of paths) await add(address, username);
    return shown;
  }

  it('tell password managers which password they want, and for which account', async () => {
    const forms = (await pages()).flatMap(({ path, text, username }) =>
      [...text.matchAll(/<form\b.*?<\/form>/gs)].map(([html]) => ({ path, html, username })),
    );
    const asking = forms.filter(({ html }) => /type="password"/.test(html));
    expect(new Set(asking.map(({ path }) => path.split('?')[0])).size).toBeGreaterThan(7);
    for (const { path, html, username } of asking) {
      const inputs = [...html.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag);
      for (const tag of inputs.filter((one) => one.includes('type="password"'))) {
        expect({ path, tag }).toEqual({
          path,
          tag: expect.stringMatching(/autocomplete="(current|new)-password"/),
        });
        for (const attribute of [
          'autocapitalize="none"',
          'autocorrect="off"',
          'spellcheck="false"',
        ]) {
          expect({ path, tag }).toEqual({ path, tag: expect.stringContaining(attribute) });
        }
      }
      // The secret of a provider is nobody's password.
      if (path.startsWith('/admin/providers')) continue;
      const names = inputs.filter((one) => one.includes('autocomplete="username"'));
      expect({ path, names }).toEqual({ path, names: [expect.anything()] });
      expect(names[0]).not.toContain('type="hidden"');
      if (!/readonly/i.test(names[0]!)) {
        expect(['/accounts/login', '/accounts/register']).toContain(path);
        continue;
      }
      expect(names[0]).toContain('type="text"');
      expect(names[0]).toContain(`value="${username}"`);
    }
  });

  describe('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    it('hide a shown password again when they are sent, and before the page is kept', async () => {
      const page = await browser.newPage();
      await page.goto(`${app.http.url}/accounts/login`);
      const password = page.locator('#password');
      await page.getByRole('button', { name: 'Show the field' }).click();
      await password.fill('Secret');
      expect(await password.getAttribute('type')).toBe('text');
      await page.evaluate(() => {
        const form = document.querySelector<HTMLFormElement>('form[action="/accounts/login"]')!;
        form.addEventListener('submit', (event) => event.preventDefault());
        form.requestSubmit();
      });
      expect(await password.getAttribute('type')).toBe('password');
      await page.getByRole('button', { name: 'Show the field' }).click();
      expect(await password.getAttribute('type')).toBe('text');
      await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide')));
      expect(await password.getAttribute('type')).toBe('password');
      await page.close();
    });
  });
});
