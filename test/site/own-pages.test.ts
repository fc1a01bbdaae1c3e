import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register } from '../support/accounts.js';
import type { HttpClient } from '../support/http.js';
import { filesOfPage } from '../support/doc-page.js';
import { Product } from '../support/product.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';
import { Visitor } from '../support/visitor.js';

const FILES = filesOfPage('docs/your-first-page.md');

describe('docs/your-first-page.md', () => {
  let product: Product;
  let http: HttpClient;
  beforeAll(async () => {
    product = await Product.create(FILES);
    ({ http } = await product.start());
  });
  afterAll(() => product.remove());

  const page = (path: string) => http.get(path, { accept: 'text/html' });
  const linksIn = (text: string) =>
    [...text.matchAll(/<a class="link-body-emphasis" href="(\/notes[^"]*)"/g)].map(
      ([, href]) => href,
    );

  async function visitorWith(...permissions: string[]): Promise<Visitor> {
    const { username, id } = await register(http);
    await product.database.sql(
      'INSERT INTO user_permissions SELECT $1, * FROM unnest($2::text[])',
      [id, permissions],
    );
    const visitor = new Visitor(http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    return visitor;
  }

  it('shows types that the compiler accepts', async () => {
    await writeDeclarations();
    expect(await TypedProduct.check(FILES)).toEqual([]);
  }, 120_000);

  it('leads strangers to the login page and back, and refuses forms that do not come from the page', async () => {
    expect((await page('/notes/about')).status).toBe(200);
    const stranger = await page('/notes');
    expect(stranger.headers.get('location')).toBe('/accounts/login?next=%2Fnotes');
    const visitor = await visitorWith();
    expect((await visitor.get('/notes')).text).toContain('<h1 class="h2 mb-4">Notes for ');
    const fields = { note: '<b>milk</b>' };
    expect((await visitor.post('/notes', fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(
      403,
    );
    expect((await visitor.send('/notes', fields)).status).toBe(419);
    expect((await visitor.post('/notes', fields)).headers.get('location')).toBe('/notes');
    expect((await visitor.get('/notes')).text).toContain('<li>&lt;b>milk&lt;/b></li>');
    const refused = await visitor.get('/notes/everybody');
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('<code>users.view</code>');
  });

  it('leads from / to the start page of the product, with the messages', async () => {
    expect((await page('/')).headers.get('location')).toBe('/notes/about');
    const visitor = await visitorWith();
    const left = await visitor.post('/accounts/logout');
    expect(left.headers.get('location')).toBe('/');
    expect((await visitor.get('/')).headers.get('location')).toBe('/notes/about');
    expect((await visitor.get('/notes/about')).text).toContain('You are signed out.');
  });

  it('shows each visitor the links that are for them', async () => {
    expect(linksIn((await page('/notes/about')).text)).toEqual(['/notes/about']);
    const plain = await visitorWith();
    expect(linksIn((await plain.get('/notes')).text)).toEqual(['/notes/about', '/notes']);
    const holder = await visitorWith('users.view');
    expect(linksIn((await holder.get('/notes')).text)).toEqual([
      '/notes/about',
      '/notes',
      '/notes/everybody',
    ]);
  });

  it('has its parts and its policy on every page, and our sources in it', async () => {
    for (const path of [
      '/notes/about',
      '/accounts/login',
      '/nothing-here',
      '/accounts/password/reset',
    ]) {
      const { text, headers } = await page(path);
      expect(text).toContain('<meta name="description" content="Notes for everybody"');
      expect(text).toContain('Northwind Ltd, 1 Harbour Road');
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: https://cdn.example.com; frame-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
      );
    }
  });

  it('shows its own page to sign in, whose form works and shows what is wrong', async () => {
    const visitor = new Visitor(http);
    const { text } = await visitor.get('/accounts/login?next=%2Fnotes');
    expect(text).toContain('<title>Northwind staff · Gatehouse</title>');
    expect(text).toContain('Staff number');
    expect(text).not.toContain('Stay signed in');
    const { username } = await register(http, { username: newUsername() });
    const wrong = await visitor.post('/accounts/login', {
      username,
      password: 'wrong',
      next: '/notes',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toMatch(/role="alert"[\s\S]*Start work/);
    const right = await visitor.post('/accounts/login', {
      username,
      password: PASSWORD,
      next: '/notes',
    });
    expect(right.headers.get('location')).toBe('/notes');
  });
});

describe('a view with a form of its own', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create({
      'src/product.tsx': `
        import { Module } from '@nestjs/common';
        import { Form, GatehouseModule, PostButton } from 'gatehouse';
        const Login = () => (
          <form action="/accounts/login" method="post"><input name="username" /></form>
        );
        const Reset = ({ page, form }) => (
          <>
            <form method="get" action="/search"><input name="q" /></form>
            <PostButton page={page} action="/x">x</PostButton>
            <Form page={page} action="/accounts/password/reset" form={form}>ours</Form>
          </>
        );
        const Broken = () => { throw new Error('The view of the product is broken.'); };
        @Module({
          imports: [
            GatehouseModule.forRoot({
              root: import.meta.dirname,
              pages: { login: Login, passwordReset: Reset, error: Broken },
            }),
          ],
        })
        export class AppModule {}`,
      'src/app.module.ts': `export { AppModule } from './product.js';`,
    });
  });
  afterAll(() => product.remove());

  it('is not shown, and the log says what to use; a form of <Form> is', async () => {
    const { http, output } = await product.start();
    const login = await http.get('/accounts/login', { accept: 'text/html' });
    expect(login.status).toBe(500);
    expect(login.text).not.toContain('<form');
    expect(output()).toContain(
      'The view of the page "login" has a form of its own: use <Form> or <PostButton>.',
    );
    const reset = await http.get('/accounts/password/reset', { accept: 'text/html' });
    expect([reset.status, reset.text.includes('ours')]).toEqual([200, true]);
    // Its page of errors fails as well: the answer is a problem document, and the server goes on.
    const missing = await http.get('/nothing-here', { accept: 'text/html' });
    expect(missing.status).toBe(500);
    expect(missing.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(output()).toContain('The view of the product is broken.');
  });
});

describe('a start is stopped by', () => {
  const View = () => null;

  it.each<[string, object, RegExp]>([
    [
      'a start page elsewhere',
      { home: 'https://example.com' },
      /forRoot\(\{ home \}\): it must be a path/,
    ],
    ['a start page that leads to itself', { home: '/' }, /it must be a path of the site/],
    ['a start page of another host', { home: '//example.com' }, /it must be a path of the site/],
    [
      'a link that runs a script',
      { navigation: [{ label: 'x', href: 'javascript:1' }] },
      /navigation \}\): it leads to a path/,
    ],
    ['a link without a label', { navigation: [{ href: '/x' }] }, /needs a label/],
    [
      'an unknown page',
      { pages: { logn: View } },
      /there is no page "logn"\. There are home, login,/,
    ],
    ['a page that is no component', { pages: { login: '<p>' } }, /"login" must be a component/],
    [
      'an unknown part of the layout',
      { layout: { top: View } },
      /"top" must be head, bodyEnd or footer/,
    ],
    [
      'an open policy',
      { contentSecurityPolicy: { scriptSrc: ['*'] } },
      /scriptSrc takes https origins/,
    ],
  ])('%s', async (_name, options, sentence) => {
    const { Site } = await import('../../src/site/kit/site.js');
    const { PageViews } = await import('../../src/site/kit/page-view.js');
    const { PAGE_NAMES } = await import('../../src/site/accounts/page-overrides.js');
    const { pages = {} } = options as { pages?: object };
    expect(() => new Site(options, new PageViews(pages, PAGE_NAMES))).toThrow(sentence);
  });
});
