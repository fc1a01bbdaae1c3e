import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signIn } from '../support/accounts.js';
import { filesOfPage } from '../support/doc-page.js';
import { Product } from '../support/product.js';
import { writeDeclarations, TypedProduct } from '../support/typed-product.js';

const PAGE = 'docs/commands-and-seeds.md';
const SECONDS = /\(\d+\.\d s\)/g;

describe('the product of docs/commands-and-seeds.md', () => {
  let product: Product;
  beforeAll(async () => {
    await writeDeclarations();
    product = await Product.create(filesOfPage(PAGE));
  });
  afterAll(() => product.remove());

  const count = async (sql: string) => {
    const [row] = await product.database.sql<{ count: string }>(`SELECT count(*) FROM ${sql}`);
    return Number(row!.count);
  };

  it('has the right types', async () => {
    expect(await TypedProduct.check(filesOfPage(PAGE))).toEqual([]);
  });

  it('lists its commands with ours, and knows their words without a database', async () => {
    const { code, output } = await product.runCommand('--help');
    expect(code).toBe(0);
    expect(output).toMatch(/articles:list \[options\] <user> +Show the articles of an author/);
    expect(output).toMatch(/seed \[options\] \[names\.\.\.\] +Add the data/);
    expect(output).toMatch(/createsuperuser/);
    const mistake = await product.runCommand('articles:list', 'ann', '--limit', 'x');
    expect(mistake).toEqual({ code: 1, output: '--limit has to be a number from 1 on, not x.\n' });
    expect((await product.runCommand('articles:list')).code).toBe(2);
    expect(await count(`pg_tables WHERE tablename = 'articles'`)).toBe(0);
  });

  it('refuses to seed in production, unless it is forced', async () => {
    const variables = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://example.com',
      BCRYPT_COST: '10',
      SMTP_URL: 'smtp://127.0.0.1:1',
      MAIL_FROM: 'Example <no-reply@example.com>',
    };
    const seed = (...words: string[]) => product.runCommandWith(variables, 'seed', ...words);
    expect(await seed('articles')).toEqual({
      code: 1,
      output:
        'This is production, and seeds are data for development. Add --force to add it anyway.\n',
    });
    expect(await count('articles')).toBe(0);
    expect(await seed('articles', '--force')).toMatchObject({ code: 0 });
    expect(await count('articles')).toBe(2);
    await product.database.sql(`DELETE FROM users`);
  });

  it('runs all seeds in the order of their files', async () => {
    const { code, output } = await product.runCommand('seed');
    expect(output.replaceAll(SECONDS, '(s)')).toBe(
      'people: 300 people (s)\narticles: 2 articles by ann (s)\n',
    );
    expect(code).toBe(0);
    expect(await count('users WHERE email_verified_at IS NOT NULL')).toBe(301);
    expect(
      await count('(SELECT DISTINCT password_hash FROM users WHERE username <> $$ann$$) AS h'),
    ).toBe(1);
    expect(await count('gatehouse_jobs.jobs')).toBe(0);
  });

  it('runs its command in the whole application', async () => {
    expect(await product.runCommand('articles:list', 'ann')).toEqual({
      code: 0,
      output: 'First snow\nLate trains\n',
    });
    expect(await product.runCommand('articles:list', 'ann', '--limit', '1')).toEqual({
      code: 0,
      output: 'First snow\n',
    });
    expect(await product.runCommand('articles:list', 'nobody')).toEqual({
      code: 1,
      output: 'There is no user nobody.\n',
    });
  });

  it('records the accounts of a seed as acts of the operator', async () => {
    const events = await product.database.sql(
      `SELECT action, origin, changes FROM audit_events
       JOIN users ON subject_id = users.id::text WHERE username = 'ann' ORDER BY audit_events.id`,
    );
    expect(events).toEqual([
      {
        action: 'user.created',
        origin: 'cli',
        changes: { isActive: { old: null, new: true }, isSuperuser: { old: null, new: false } },
      },
      {
        action: 'user.roles_changed',
        origin: 'cli',
        changes: { roles: { old: [], new: ['admin'] } },
      },
      expect.objectContaining({ action: 'user.email_verified', origin: 'cli' }),
    ]);
  });

  it('leaves accounts that exist as they are, and lets the new ones sign in', async () => {
    await product.database.sql(`DELETE FROM users WHERE username = 'reader7'`);
    await product.database.sql(`UPDATE users SET first_name = 'Zoe' WHERE username = 'reader8'`);
    expect((await product.runCommand('seed', 'people')).code).toBe(0);
    expect(await count('users')).toBe(301);
    expect(await count(`users WHERE first_name = 'Zoe'`)).toBe(1);
    const { http } = await product.start();
    const { user } = await signIn(http, 'reader7', 'a window by the sea');
    expect(user.username).toBe('reader7');
  });
});
