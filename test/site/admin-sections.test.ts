import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, register } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { built } from '../support/built.js';
import { filesOfPage } from '../support/doc-page.js';
import type { HttpClient } from '../support/http.js';
import { Product } from '../support/product.js';
import { Visitor } from '../support/visitor.js';

const { Controller, Get, Module } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { AdminSection } = await built<typeof import('../../src/access/admin-section.decorator.js')>(
  'src/access/admin-section.decorator.js',
);
const { PageController } = await built<
  typeof import('../../src/site/kit/page-controller.decorator.js')
>('src/site/kit/page-controller.decorator.js');

const PATH = '/admin/articles';

describe('docs/admin-sections.md', () => {
  let product: Product;
  let http: HttpClient;
  beforeAll(async () => {
    product = await Product.create(filesOfPage('docs/admin-sections.md'));
    ({ http } = await product.start());
  });
  afterAll(() => product.remove());

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

  it('shows a section that its permission alone opens, from the header on', async () => {
    const editor = await visitorWith('articles.publish');
    const home = await editor.get('/');
    expect(home.text).toMatch(
      /<a class="link-body-emphasis" href="\/admin\/articles">\s*Administration/,
    );
    const entry = await editor.get('/admin');
    expect([entry.status, entry.headers.get('location')]).toEqual([303, PATH]);
    const { status, text } = await editor.get(PATH);
    expect(status).toBe(200);
    expect(text).toMatch(
      /<a class="nav-link active" href="\/admin\/articles" aria-current="page">/,
    );
    expect(text).not.toContain('href="/admin/users"');
    expect((await editor.get(`${PATH}?search=harbour`)).text).not.toContain('Opening hours');
    const [action] = /\/admin\/articles\/[\w-]{36}\/publish/.exec(text)!;
    expect((await editor.post(action)).headers.get('location')).toBe(PATH);
    expect((await editor.get(PATH)).text).toContain('The article is published.');
  });

  it('is closed to others, who see no link to it', async () => {
    const other = await visitorWith('users.view');
    expect((await other.get('/admin')).text).not.toContain(PATH);
    const refused = await other.get(PATH);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('<code>articles.publish</code>');
    const action = `${PATH}/0b0e7f0e-6a51-4b7c-9f8e-0d1f3c8c2a11/publish`;
    expect((await other.post(action)).status).toBe(403);
    const plain = await visitorWith();
    expect((await plain.get('/')).text).not.toContain('Administration');
    expect((await plain.get('/admin')).text).toContain('<code>articles.publish</code>');
    const stranger = await http.get(PATH, { accept: 'text/html' });
    expect(stranger.headers.get('location')).toBe('/accounts/login?next=%2Fadmin%2Farticles');
  });

  it('stands after the sections of Gatehouse, and in the access table', async () => {
    const all = await visitorWith('articles.publish', 'users.view', 'roles.view');
    const { text } = await all.get('/admin');
    const links = [...text.matchAll(/class="nav-link[^"]*" href="([^"]+)"/g)].map(
      ([, href]) => href,
    );
    expect(links).toEqual([
      '/admin',
      '/admin/users',
      '/admin/roles',
      '/admin/permissions',
      '/admin/access',
      PATH,
    ]);
    const { output } = await product.runCommand('routes');
    expect(output).toContain(`| GET | \`${PATH}\` | articles.publish |`);
    expect(output).toMatch(/\| GET \| `\/admin` \| users\.view or .* or articles\.publish \|/);
  });
});

describe('a section of the administration stops the start', () => {
  const section = { path: PATH, title: 'Articles', permission: 'users.view' } as const;

  /** A class of pages that declares a section, and serves `PATH`. */
  function controllerWith(options: object, decorate = PageController): new () => object {
    class ArticlesPages {
      list(): never {
        throw new Error('is never called');
      }
    }
    Get()(
      ArticlesPages.prototype,
      'list',
      Object.getOwnPropertyDescriptor(ArticlesPages.prototype, 'list')!,
    );
    AdminSection({ ...section, ...options })(ArticlesPages);
    decorate(PATH)(ArticlesPages);
    return ArticlesPages;
  }

  it.each<[string, (new () => object)[], RegExp]>([
    ['without a permission', [controllerWith({ permission: undefined })], /needs a permission/],
    [
      'with an unknown permission',
      [controllerWith({ permission: 'cats.pet' })],
      /"cats\.pet" is no permission/,
    ],
    ['without a title', [controllerWith({ title: ' ' })], /needs a title/],
    [
      'with an order that is no number',
      [controllerWith({ order: 'first' })],
      /needs a number as order/,
    ],
    ['elsewhere', [controllerWith({ path: '/articles' })], /needs a path below \/admin\//],
    [
      'at a path that is not served',
      [controllerWith({ path: '/admin/other' })],
      /no @Get\(\) of the class has it/,
    ],
    [
      'on a controller of the API',
      [controllerWith({}, Controller)],
      /belongs on a class with @PageController/,
    ],
  ])('%s', async (_name, controllers, sentence) => {
    class ProductModule {}
    Module({ controllers })(ProductModule);
    const started = startApp({}, [ProductModule]);
    await expect(started).rejects.toThrow(sentence);
    await expect(started).rejects.toThrow(/ArticlesPages.*admin-sections\.test\.ts:\d+/);
  });

  it('when another one has its path', async () => {
    class ProductModule {}
    class MoreUsers {
      list(): never {
        throw new Error('is never called');
      }
    }
    Get('other')(
      MoreUsers.prototype,
      'list',
      Object.getOwnPropertyDescriptor(MoreUsers.prototype, 'list')!,
    );
    AdminSection({ ...section, path: '/admin/users' })(MoreUsers);
    PageController('/admin/users')(MoreUsers);
    Module({ controllers: [MoreUsers] })(ProductModule);
    await expect(startApp({}, [ProductModule])).rejects.toThrow(
      'MoreUsers: @AdminSection() has the path /admin/users, which UserListController has too',
    );
  });
});
