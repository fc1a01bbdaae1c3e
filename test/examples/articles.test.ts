import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { renderTemplate } from '../../create/render-template.js';
import { packedGatehouse } from '../support/created-product.js';
import { newSession, newUsername, PASSWORD, register } from '../support/accounts.js';
import { type HttpClient, problem } from '../support/http.js';
import { Product } from '../support/product.js';
import { type EmailServer, startEmailServer } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const ORIGIN = 'https://app.northwind.example';

interface Article {
  id: string;
  title: string;
}

/** What Northwind adds to a product with the example. */
const NORTHWIND = {
  'src/app.module.ts': `
import { Module } from '@nestjs/common';
import { GatehouseModule } from 'gatehouse';
import { ArticlesModule } from './articles/articles.module.js';
import { CompanyOnly } from './company-only.js';
import { AppUser } from './user-fields.js';

@Module({
  imports: [
    GatehouseModule.forRoot({
      root: import.meta.dirname,
      userFields: AppUser,
      registration: CompanyOnly,
      staticFiles: 'static',
      brand: { name: 'Northwind', logo: 'static/logo.svg', accentColor: '#0f766e' },
    }),
    ArticlesModule,
  ],
})
export class AppModule {}
`,
  'src/company-only.ts': `
import { Injectable } from '@nestjs/common';
import type { Candidate, Finding, RegistrationRule } from 'gatehouse';

/** Accounts are for the people of example.com. Administrators may add guests. */
@Injectable()
export class CompanyOnly implements RegistrationRule {
  accept({ email, origin }: Candidate): Finding[] | void {
    if (origin === 'administrator' || email.toLowerCase().endsWith('@example.com')) return;
    return [
      { field: 'email', code: 'foreign_address', message: 'Use your address at example.com.' },
    ];
  }
}
`,
  'static/logo.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#0f766e" d="M12 2 2 22h20z"/></svg>',
};

/** What a product of Gatehouse 0.1 had to edit 20 files for, without an edit of one. */
describe('a product with the example', () => {
  let product: Product;
  let http: HttpClient;
  let smtp: EmailServer;
  let superuser: HttpClient;
  beforeAll(async () => {
    smtp = await startEmailServer();
    const files = renderTemplate({ name: 'northwind', example: true });
    const gatehouse = await packedGatehouse();
    product = await Product.create({ ...Object.fromEntries(files), ...NORTHWIND }, gatehouse);
    // Types are checked, and the Swagger plugin reads the comments, as in a build of a product.
    await run('node_modules/@nestjs/cli/bin/nest.js', 'build');
    ({ http } = await product.start({
      SWAGGER: 'on',
      SMTP_URL: smtp.url,
      CORS_ORIGINS: ORIGIN,
      SESSION_REMEMBERED_IDLE_TTL: '60d',
      SESSION_REMEMBERED_ABSOLUTE_TTL: '90d',
      OIDC_GOOGLE_CLIENT_ID: 'an id',
      OIDC_GOOGLE_CLIENT_SECRET: 'a secret',
    }));
    const root = await newSession(http);
    await product.database.sql('UPDATE users SET is_superuser = true WHERE username = $1', [
      root.username,
    ]);
    superuser = root.http;
  }, 150_000);
  afterAll(() => Promise.all([product.remove(), smtp.close()]));

  const run = async (...words: string[]) =>
    promisify(execFile)(process.execPath, words, { cwd: product.folder });
  const signedIn = async (username: string, fields: Record<string, string> = {}) => {
    const visitor = new Visitor(http);
    await visitor.post('/accounts/login', { username, password: PASSWORD, ...fields });
    return visitor;
  };
  const newDraft = async (author: HttpClient, title = newUsername()) => {
    const { status, body } = await author.post<Article>('/api/articles', { title, body: 'x' });
    expect(status).toBe(201);
    return body;
  };

  it('has a table with a migration, in the API and in OpenAPI (task 1)', async () => {
    const author = await newSession(http);
    await newDraft(author.http);
    const document = (await http.get('/docs/openapi.json')).body as unknown as OpenAPIObject;
    expect(document.components!.schemas).toMatchObject({
      CreateArticleDto: {
        required: ['title', 'body'],
        properties: { title: { description: 'What readers see first.', maxLength: 200 } },
      },
    });
    expect(document.paths['/api/articles/{id}/publish']!.post).toMatchObject({
      summary: 'Publish an article of any author',
      'x-required-permissions': ['articles.publish'],
    });
    const { output } = await product.runCommand('migration:generate', 'Nothing');
    expect(output).toContain('nothing to migrate');
    // The articles of an account go with it.
    expect((await superuser.delete(`/api/users/${author.user.id}`)).status).toBe(204);
    const left = await product.database.sql('SELECT id FROM articles WHERE author_id = $1', [
      author.user.id,
    ]);
    expect(left).toEqual([]);
  });

  it('lists page by page, and finds by a part of the title (task 2)', async () => {
    const { http: author } = await newSession(http);
    const titles = ['Needle 1', 'Needle 2', 'Needle 3', 'Hay'];
    for (const title of titles) {
      const { id } = await newDraft(author, title);
      expect((await superuser.post(`/api/articles/${id}/publish`)).status).toBe(200);
    }
    const list = async (query: string) =>
      (await http.get<{ items: Article[]; nextCursor: string }>(`/api/articles?${query}`)).body;
    const first = await list('search=needle&limit=2');
    expect(first.items.map(({ title }) => title)).toEqual(['Needle 3', 'Needle 2']);
    const next = await list(`search=needle&limit=2&cursor=${first.nextCursor}`);
    expect(next).toMatchObject({ items: [{ title: 'Needle 1' }], nextCursor: null });
  });

  it('shows a draft to its author alone, at the address that everyone has (task 3)', async () => {
    const [author, other] = [await newSession(http), await newSession(http)];
    const { id } = await newDraft(author.http);
    const path = `/api/articles/${id}`;
    const statuses = [author.http, other.http, http].map(
      async (one) => (await one.get(path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 404, 404]);
    expect((await http.as('nonsense').get(path)).status).toBe(401);
  });

  it('has a role that publishes from the first start on (task 4)', async () => {
    const [author, editor] = [await newSession(http), await newSession(http)];
    const { id } = await newDraft(author.http);
    const path = `/api/articles/${id}/publish`;
    expect((await editor.http.post(path)).status).toBe(403);
    await superuser.put(`/api/users/${editor.user.id}/roles`, { roles: ['editor'] });
    expect((await editor.http.post(path)).status).toBe(200);
    const { body } = await superuser.get(`/api/audit-events?subjectId=${id}`);
    expect(body.items).toMatchObject([
      { action: 'article.published', actor: { id: editor.user.id } },
    ]);
  });

  it('has a phone that is checked and unique (task 5)', async () => {
    const [one, two] = [await newSession(http), await newSession(http)];
    const set = (owner: HttpClient, phone: string) => owner.patch('/api/users/me', { phone });
    expect(problem(await set(one.http, 'call me')).errors).toMatchObject([
      { field: 'phone', message: 'Write digits and spaces only.' },
    ]);
    expect((await set(one.http, '0123 456')).status).toBe(200);
    const taken = await set(two.http, '0123 456');
    expect([taken.status, problem(taken).errors]).toMatchObject([
      422,
      [{ field: 'phone', code: 'taken' }],
    ]);
  });

  it('takes addresses of its company alone, by every way in (task 6)', async () => {
    const username = newUsername();
    const fields = { username, email: `${username}@elsewhere.test`, password: PASSWORD };
    const refused = await http.post('/api/auth/register', fields);
    expect([refused.status, problem(refused).errors]).toMatchObject([
      422,
      [{ field: 'email', code: 'foreign_address' }],
    ]);
    const form = { ...fields, passwordConfirm: PASSWORD };
    const page = await new Visitor(http).post('/accounts/register', form);
    expect(page.text).toContain('Use your address at example.com.');
    const owner = await newSession(http);
    const moved = await owner.http.post('/api/account/email/change', {
      newEmail: fields.email,
      currentPassword: PASSWORD,
    });
    expect(problem(moved).errors).toMatchObject([{ field: 'newEmail', code: 'foreign_address' }]);
    const { username: name, email } = fields;
    expect((await superuser.post('/api/users', { username: name, email })).status).toBe(201);
  });

  it('sends an email of its own in the transaction of a registration (tasks 7 and 8)', async () => {
    const { email } = await register(http);
    const { text } = await smtp.next(email, 'Welcome to Northwind');
    expect(text).toContain('Your first article is a draft');
    expect(text).toContain('/articles/new');
  });

  it('has pages of its own (task 9)', async () => {
    const { username } = await newSession(http);
    const visitor = await signedIn(username);
    const empty = await visitor.post('/articles/new', { title: '', body: 'x' });
    expect(empty.status).toBe(422);
    const title = newUsername();
    expect((await visitor.post('/articles/new', { title, body: 'x' })).status).toBe(303);
    expect((await visitor.get('/articles')).text).not.toContain(title);
  });

  it('has a section of the administration, for editors alone (task 10)', async () => {
    const [author, editor] = [await newSession(http), await newSession(http)];
    const { id, title } = await newDraft(author.http);
    await superuser.put(`/api/users/${editor.user.id}/roles`, { roles: ['editor'] });
    expect((await (await signedIn(author.username)).get('/admin/articles')).status).toBe(403);
    const visitor = await signedIn(editor.username);
    expect((await visitor.get('/admin')).headers.get('location')).toBe('/admin/articles');
    expect((await visitor.get('/admin/articles')).text).toContain(title);
    expect((await visitor.post(`/admin/articles/${id}/publish`, {})).status).toBe(303);
    expect((await visitor.get('/admin/articles')).text).not.toContain(title);
  });

  it('answers its single-page application (task 11)', async () => {
    const answer = await http.get('/api/articles', { origin: ORIGIN });
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    const other = await http.get('/api/articles', { origin: 'https://evil.example' });
    expect(other.headers.get('access-control-allow-origin')).toBe(null);
  });

  it('has its name, logo and colour in pages and emails (task 12)', async () => {
    const { text } = await new Visitor(http).get('/accounts/login');
    expect(text).toContain('Northwind');
    expect(text).not.toContain('Gatehouse');
    expect((await http.get('/static/logo.svg')).headers.get('content-type')).toMatch(/svg/);
    const { email } = await register(http);
    expect((await smtp.next(email, 'Welcome to Northwind')).html).toContain('Northwind');
  });

  it('keeps visitors longer who wish to stay signed in, and nobody else (task 14)', async () => {
    const { username, user } = await newSession(http);
    const remembered = await signedIn(username, { remember: 'on' });
    expect((await remembered.get('/accounts/profile')).status).toBe(200);
    const days = await product.database.sql<{ days: number }>(
      `SELECT round(extract(epoch FROM absolute_expires_at - created_at) / 86400)::int AS days
       FROM sessions WHERE user_id = $1 ORDER BY days`,
      [user.id],
    );
    expect(days.map((row) => row.days)).toEqual([30, 90]);
  });

  it('offers Google by two lines of the environment (task 15)', async () => {
    expect((await new Visitor(http).get('/accounts/login')).text).toContain('Google');
  });

  it('adds 300 people with one command (task 16)', async () => {
    const { code, output } = await product.runCommand('seed', 'people');
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('300 people') });
    const credentials = { username: 'reader300', password: 'a window by the sea' };
    expect((await http.post('/api/auth/login', credentials)).status).toBe(200);
  }, 60_000);

  it('has a suite of its own, which attacks each of its routes (task 17)', async () => {
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--json'];
    const env = { ...process.env, TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };
    const { stdout } = await promisify(execFile)(process.execPath, jest, {
      cwd: product.folder,
      env,
      maxBuffer: 32 * 1024 * 1024,
    }).catch((error: { stdout: string }) => error);
    const result = JSON.parse(stdout) as { numFailedTests: number; numPassedTests: number };
    expect(result.numFailedTests).toBe(0);
    expect(result.numPassedTests).toBeGreaterThan(20);
  }, 120_000);

  it('has an error code of its own (task 18)', async () => {
    const author = await newSession(http);
    const { id } = await newDraft(author.http);
    await superuser.post(`/api/articles/${id}/publish`);
    const locked = await author.http.patch(`/api/articles/${id}`, { title: 'Longer' });
    expect([locked.status, problem(locked).code]).toEqual([409, 'article_locked']);
  });

  it('takes texts of 50,000 letters, where it says so (task 19)', async () => {
    const { http: author } = await newSession(http);
    const body = 'ü'.repeat(45_000);
    expect((await author.post('/api/articles', { title: 'Long', body })).status).toBe(201);
    expect((await author.patch('/api/users/me', { firstName: body })).status).toBe(413);
  });
});
