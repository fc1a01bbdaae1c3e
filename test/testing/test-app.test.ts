import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestApp } from '../../src/testing/test-app.js';
import { built } from '../support/built.js';
import { countHashes } from '../support/hash-counter.js';
import { Product } from '../support/product.js';
import { reporter } from '../support/reported.js';

const { startTestApp, problem } =
  await built<typeof import('../../src/testing.js')>('src/testing.js');
const { AppModule } = await built<typeof import('../../src/app.module.js')>('src/app.module.js');

describe('an application under test', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp(AppModule, { logger: reporter });
  });
  afterAll(() => app.close());

  it('signs accounts in without hashing a password', async () => {
    const hashes = countHashes(app.nest);
    const { http, account, sessionId } = await app.signIn();
    expect((await http.get('/api/users/me')).body).toMatchObject({ id: account.id });
    expect((await http.get('/api/auth/session')).body).toMatchObject({ sessionId });
    expect(account).toMatchObject({ emailVerified: true, isSuperuser: false, permissions: [] });
    expect(hashes.count).toBe(0);
  });

  it('signs in with exactly the permissions and roles that are asked for', async () => {
    const editor = await app.signIn({ permissions: ['users.view'] });
    expect((await editor.http.get('/api/users')).status).toBe(200);
    expect(problem(await editor.http.get('/api/roles')).missingPermissions).toEqual(['roles.view']);
    const admin = await app.signIn({ roles: ['admin'] });
    expect(admin.account.roles).toEqual(['admin']);
    const superuser = await app.signIn({ superuser: true });
    expect((await superuser.http.get('/api/roles')).status).toBe(200);
  });

  it('signs the same account in again, by its name', async () => {
    const first = await app.signIn({ username: 'ann', permissions: ['users.view'] });
    const again = await app.signIn({ username: 'ann' });
    expect(again.account).toMatchObject({ id: first.account.id, permissions: ['users.view'] });
    expect(again.sessionId).not.toBe(first.sessionId);
    await app.signIn({ username: 'ann', permissions: [] });
    expect((await app.signIn({ username: 'ann' })).account.permissions).toEqual([]);
  });

  it('signs many accounts in at once, with one connection of the pool for each', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => app.signIn()));
    expect(new Set(all.map(({ account }) => account.id)).size).toBe(30);
  });

  it('refuses a role or permission that does not exist', async () => {
    await expect(app.signIn({ roles: ['nothing'] })).rejects.toMatchObject({ status: 422 });
    await expect(app.signIn({ permissions: ['no.thing'] })).rejects.toMatchObject({ status: 422 });
  });

  it('signs in as long ago as is asked for', async () => {
    const { http } = await app.signIn({
      permissions: ['users.add'],
      authenticatedAt: new Date(Date.now() - 60 * 60_000),
    });
    const account = { username: 'x', email: 'x@example.com', permissions: ['users.add'] };
    expect(problem(await http.post('/api/users', account)).code).toBe('recent_login_required');
  });

  it('has browsers that keep cookies and send forms', async () => {
    const visitor = await app.visitor();
    expect((await visitor.get('/accounts/profile')).status).toBe(303);
    const signedIn = await app.visitor({ username: 'ben' });
    expect((await signedIn.get('/accounts/profile')).text).toContain('ben');
    const form = { firstName: 'Benjamin', lastName: 'B' };
    expect((await signedIn.post('/accounts/profile', form)).status).toBe(303);
    expect((await signedIn.send('/accounts/profile', form)).status).toBe(419);
    expect((await signedIn.get('/accounts/profile')).text).toContain('Benjamin');
  });

  it('keeps emails, with links that can be opened', async () => {
    const email = 'cleo@example.com';
    const account = { username: 'cleo', email, password: 'correct horse battery staple' };
    expect((await app.http.post('/api/auth/register', account)).status).toBe(201);
    const { subject, links } = await app.emails.next(email);
    expect(subject).toBe('Confirm your email address');
    expect(links).toEqual([expect.stringMatching(/^\/accounts\/email\/verify\?token=/)]);
    const visitor = await app.visitor({ username: 'cleo' });
    expect([200, 303]).toContain((await visitor.get(links[0]!)).status);
    expect((await app.emails.all()).map(({ to }) => to)).toEqual([email]);
  });

  it('has a clock that can be set ahead', async () => {
    const { http } = await app.signIn();
    app.clock.advance('11m');
    expect(problem(await http.get('/api/users/me')).code).toBe('invalid_token');
    app.clock.reset();
    expect((await http.get('/api/users/me')).status).toBe(200);
  });

  it('shows whether anything was changed', async () => {
    const { http } = await app.signIn();
    const before = await app.database.fingerprint('audit_events');
    await http.get('/api/users/me');
    expect(await app.database.fingerprint('audit_events')).toBe(before);
    await http.patch('/api/users/me', { firstName: 'Dora' });
    expect(await app.database.fingerprint('audit_events')).not.toBe(before);
  });
});

/** Prints whether the application works, and what is left of its database. */
const PROGRAM = `
  import { startTestApp } from 'gatehouse/testing';
  import { AppModule } from './app.module.js';
  const app = await startTestApp(AppModule);
  const { http } = await app.signIn();
  console.log((await http.get('/api/users/me')).status);
  console.log((await app.database.sql('SELECT count(*)::int AS count FROM articles'))[0].count);
  await app.close();`;
const MIGRATION = `
  export class AddArticles1 {
    up(runner: { query: (sql: string) => Promise<void> }) {
      return runner.query('CREATE TABLE articles (id int)');
    }
  }`;

describe('an application under test without TEST_DATABASE_URL', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create({
      'src/program.ts': PROGRAM,
      'migrations/1-AddArticles.ts': MIGRATION.replaceAll(
        'AddArticles1',
        'AddArticles1000000000000',
      ),
    });
  });
  afterAll(() => product.remove());

  it('has a migrated database on an embedded PostgreSQL, with the migrations of the product', async () => {
    const { code, output } = await product.runFile('dist/src/program.js');
    expect(output).toBe('200\n0\n');
    expect(code).toBe(0);
  });

  it('has a new one after a migration was edited, also when two start at once', async () => {
    const edited = MIGRATION.replace('(id int)', `AS SELECT 1 AS id`).replaceAll(
      'AddArticles1',
      'AddArticles1000000000000',
    );
    await product.write({ 'migrations/1-AddArticles.ts': edited });
    const runs = [1, 2].map(() => product.runFile('dist/src/program.js'));
    for (const { output } of await Promise.all(runs)) expect(output).toBe('200\n1\n');
  });
});
