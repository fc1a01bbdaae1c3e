import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrandOptions } from '../../src/platform/brand/brand.js';
import { newUsername, PASSWORD, register } from '../support/accounts.js';
import { startProduct, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { type HttpClient, problem } from '../support/http.js';
import { DESKTOP, lookAt, PHONE } from '../support/looks.js';
import { eventually, ROOT } from '../support/process.js';
import { Product } from '../support/product.js';

/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>1</script></svg>';
const LINKS = [
  { label: 'Terms & conditions', href: '/static/terms.txt' },
  { label: 'Help', href: 'https://help.example.com/' },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-brand-'));
  const files: Record<string, string | Buffer> = {
    'logo.png': PNG,
    'logo.svg': SVG,
    'secret.txt': 'outside',
    'static/terms.txt': 'terms',
    'static/logo.svg': SVG,
    'static/page.html': '<script>alert(1)</script>',
    'static/site.css': 'body{}',
    'static/site.js': '1',
    'static/deep/down/font.woff2': 'font',
    'static/.env': 'hidden',
    'static/.git/config': 'hidden',
    'static/ünï cödé.txt': 'named',
  };
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
  }
  symlinkSync(join(folder, 'static/terms.txt'), join(folder, 'static/linked.txt'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (path: string) => join(folder, path);

/** The target goes out as it is written here, unlike `fetch`, which resolves it before. */
function getRaw(
  http: HttpClient,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(http.url);
    const sent = request({ hostname, port, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, text }));
    });
    sent.on('error', reject).end();
  });
}

describe('a product with a brand', () => {
  let app: TestApp;
  let http: HttpClient;
  beforeAll(async () => {
    const brand: BrandOptions = {
      name: 'Northwind Traders',
      logo: file('logo.png'),
      favicon: file('logo.svg'),
      accentColor: '#FC0',
      footerLinks: LINKS,
    };
    app = await startProduct({ brand, staticFiles: file('static') }, { SWAGGER: 'on' });
    http = app.http;
  });
  afterAll(() => app.close());

  const page = (path: string) => http.get(path, { accept: 'text/html' });
  const attribute = (html: string, pattern: RegExp) => pattern.exec(html)![1]!;

  it('has its name, logo, icon, colour and links on every page, and the name Gatehouse on none', async () => {
    for (const path of ['/', '/accounts/login', '/accounts/password/reset', '/nothing-here']) {
      const { text } = await page(path);
      expect(text).toMatch(/<title>.* · Northwind Traders<\/title>/);
      expect(text).toMatch(
        /<img class="brand-logo" src="\/assets\/logo-[\w-]{12}\.png" alt="Northwind Traders"/,
      );
      expect(text).toMatch(/<link rel="icon" href="\/assets\/favicon-[\w-]{12}\.svg"/);
      expect(text).toContain(
        '<a class="text-body-secondary" href="/static/terms.txt">Terms &amp; conditions</a>',
      );
      expect(text).not.toContain('Gatehouse');
    }
  });

  it('sends logo, icon and colour under addresses that are kept for a year', async () => {
    const { text } = await page('/');
    const logo = await http.get(attribute(text, /src="(\/assets\/logo[^"]+)"/));
    expect(logo.headers.get('content-type')).toBe('image/png');
    expect(logo.headers.get('cache-control')).toContain('immutable');
    const icon = await http.get(attribute(text, /rel="icon" href="([^"]+)"/));
    expect(icon.headers.get('content-type')).toBe('image/svg+xml');
    // Opened by itself, a script in it does not run.
    expect(icon.headers.get('content-security-policy')).toContain('sandbox');
    const old = await http.get('/favicon.ico');
    expect(old.headers.get('content-type')).toBe('image/svg+xml');
    const style = await http.get(attribute(text, /href="(\/assets\/brand-[^"]+\.css)"/));
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(style.text).toContain('--bs-btn-bg: #ffcc00;');
    expect(style.text).toContain('--bs-btn-color: #000000;');
  });

  it('can be read in light on a desktop and in dark on a phone', async () => {
    const browser = await launchBrowser();
    try {
      for (const [viewport, colorScheme] of [
        [DESKTOP, 'light'],
        [PHONE, 'dark'],
      ] as const) {
        const context = await browser.newContext({ viewport, colorScheme });
        const tab = await context.newPage();
        for (const path of ['/', '/accounts/login', '/accounts/register', '/nothing-here']) {
          await tab.goto(http.url + path);
          await lookAt(tab, `brand-${colorScheme}${path.replaceAll('/', '-')}`);
        }
        await context.close();
      }
    } finally {
      await browser.close();
    }
  });

  it('has its name in the OpenAPI document and in emails, with logo and links at their full address', async () => {
    const { body } = await http.get('/docs/openapi.json');
    expect(body).toMatchObject({ info: { title: 'Northwind Traders' } });
    await register(http);
    let mail: string | undefined;
    await eventually(async () => {
      const listed = await page('/dev/mailbox');
      mail = /\/dev\/mailbox\/[\w-]{36}/.exec(listed.text)?.[0];
      return mail !== undefined;
    }, 'the email is in the mailbox');
    const { text, headers } = await page(`${mail}/html`);
    expect(text).toContain(
      '<img src="http://localhost:3000/assets/email-logo" alt="Northwind Traders"',
    );
    expect(text).toContain('href="http://localhost:3000/static/terms.txt"');
    expect(text).toContain('background:#ffcc00;color:#000000');
    expect(headers.get('content-security-policy')).toContain("img-src 'self'");
    const shown = await page(mail!);
    expect(shown.text).toContain('Northwind Traders · Terms &amp; conditions');
    const logo = await http.get('/assets/email-logo');
    expect([logo.status, logo.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(logo.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  });

  it('refuses passwords and usernames that are made of its name', async () => {
    const send = (username: string, password: string) =>
      http.post('/api/auth/register', { username, password, email: 'a@example.com' });
    for (const password of ['Northwind2026', 'traders!!1', 'N0rthwind-Traders']) {
      const { errors } = problem(await send(newUsername(), password));
      expect(errors).toMatchObject([{ field: 'password', code: 'password_too_similar' }]);
    }
    const { errors } = problem(await send('northwind_traders', PASSWORD));
    expect(errors).toMatchObject([{ field: 'username' }]);
  });

  describe('serves its static files to everybody,', () => {
    it.each([
      ['terms.txt', 'text/plain; charset=utf-8'],
      ['logo.svg', 'image/svg+xml'],
      ['site.css', 'text/css; charset=utf-8'],
      ['site.js', 'application/javascript; charset=utf-8'],
      ['deep/down/font.woff2', 'font/woff2'],
      ['%C3%BCn%C3%AF%20c%C3%B6d%C3%A9.txt', 'text/plain; charset=utf-8'],
      ['linked.txt', 'text/plain; charset=utf-8'],
    ])('%s as %s, with headers that let nothing run', async (path, type) => {
      const answer = await http.get(`/static/${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(type);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none';.*sandbox/);
      const etag = answer.headers.get('etag')!;
      const again = await getRaw(http, `/static/${path}`, { 'if-none-match': etag });
      expect(again.status).toBe(304);
    });

    it.each([
      '/static',
      '/static/',
      '/static/deep',
      '/static/deep/',
      '/static/missing.txt',
      '/static/.env',
      '/static/.git/config',
      '/static/deep/../.env',
      '/static/../secret.txt',
      '/static/..%2fsecret.txt',
      '/static/%2e%2e/secret.txt',
      '/static/..%5csecret.txt',
      '/static/deep/down/../../../secret.txt',
      '/static//../secret.txt',
      '/static/%00terms.txt',
      '/static/terms.txt%00.svg',
      '/static/%',
      '/static/%ff',
    ])('and nothing at %s', async (path) => {
      const { status, text } = await getRaw(http, path);
      expect([400, 403, 404]).toContain(status);
      expect(text).not.toMatch(/outside|hidden|font\.woff2/);
    });

    it('shows a missing one as a page to a browser', async () => {
      const { status, text } = await page('/static/missing.png');
      expect(status).toBe(404);
      expect(text).toContain('Not found');
    });

    it('answers other methods with 405', async () => {
      expect((await http.post('/static/terms.txt', {})).status).toBe(405);
    });
  });
});

describe('the name of an installation', () => {
  it('is APP_NAME before the option of the product', async () => {
    const { http, close } = await startProduct(
      { brand: { name: 'A' } },
      { APP_NAME: 'Northwind staging' },
    );
    try {
      const { text } = await http.get('/', { accept: 'text/html' });
      expect(text).toContain('<title>Welcome · Northwind staging</title>');
      // Nothing else of a brand, and no folder.
      expect(text).not.toMatch(/<footer|brand-|rel="icon" href="\//);
      expect((await http.get('/static/x')).status).toBe(404);
    } finally {
      await close();
    }
  });
});

describe('docs/brand.md', () => {
  it('shows a product that starts once its files are there, and looks as it says', async () => {
    const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(
      readFileSync(join(ROOT, 'docs/brand.md'), 'utf8'),
    )!;
    const product = await Product.create({ 'src/app.module.ts': code! });
    try {
      const refused = await product.failToStart();
      expect(refused.output.trim().split('\n')).toEqual([
        expect.stringContaining(
          `forRoot({ staticFiles }): there is no folder ${product.folder}/static.`,
        ),
      ]);
      expect(refused.code).toBe(1);
      await product.write({
        'static/logo.svg': SVG,
        'static/favicon.svg': SVG,
        'static/terms.txt': 'terms',
      });
      const { http, output } = await product.start();
      expect((await http.get('/static/terms.txt')).text).toBe('terms');
      const { text } = await http.get('/', { accept: 'text/html' });
      expect(text).toMatch(/<title>Welcome · Northwind<[\s\S]*src="\/assets\/logo-[\s\S]*>Help</);
      expect(output()).toContain('Northwind is ready on');
      const routes = await product.runCommand('routes');
      expect(routes.output).toContain('| GET | `/static/*` | everybody |');
    } finally {
      await product.remove();
    }
  });
});
