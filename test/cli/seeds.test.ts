import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Product } from '../support/product.js';

const SEEDS = {
  // Before the others, so that they find its table.
  'src/1-things.seed.ts': `
    import { defineSeed } from 'gatehouse';
    export const THINGS = defineSeed('things', async ({ tx }) => {
      await tx.query('CREATE TABLE IF NOT EXISTS things (name text)');
    });`,
  'src/2-broken.seed.ts': `
    import { defineSeed } from 'gatehouse';
    export const BROKEN = defineSeed('broken', async ({ tx, addAccounts }) => {
      await tx.query("INSERT INTO things VALUES ('broken')");
      await addAccounts([{ username: 'ann', email: 'ann@example.com' }]);
      throw new TypeError('it is broken');
    });`,
  'src/3-own.seed.ts': `
    import { defineSeed, OperatorError, UsersService } from 'gatehouse';
    export const OWN = defineSeed(
      'own',
      async ({ get, addAccounts }) => {
        await addAccounts([{ username: 'bob', email: 'bob@example.com' }]);
        if (await get(UsersService).findForSignIn('bob')) throw new OperatorError('Bob is there.');
      },
      { transaction: false },
    );`,
  'src/4-refused.seed.ts': `
    import { defineSeed } from 'gatehouse';
    const account = (username: string, more = {}) => ({ username, email: username + '@example.com', ...more });
    const refused = (name: string, accounts: object[], password?: string) =>
      defineSeed(name, async ({ addAccounts }) => {
        await addAccounts([account('carl')]);
        await addAccounts(accounts as [], password === undefined ? {} : { password });
      });
    export const SEEDS = [];
    export const A = refused('weak', [account('dan')], 'password1');
    export const B = refused('misspelt', [account('d n')]);
    export const C = refused('taken', [account('dan', { email: 'carl@example.com' })]);
    export const D = refused('powerful', [account('dan', { roles: ['owner'] })]);
    export const E = refused('unknown', [account('dan', { passwordHash: 'x' })]);`,
};

describe('npm run cli -- seed', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create();
  });
  afterAll(() => product.remove());

  it('says how to write a seed where there is none', async () => {
    expect(await product.runCommand('seed')).toEqual({
      code: 1,
      output:
        "There are no seeds. Write one in a file such as src/people.seed.ts: export const PEOPLE = defineSeed('people', async ({ addAccounts }) => { … });\n",
    });
  });

  it('keeps nothing of a seed that throws, names it, and runs none after it', async () => {
    await product.write(SEEDS);
    const { code, output } = await product.runCommand('seed');
    expect(code).toBe(1);
    expect(output).toMatch(
      /^things: done \(\d+\.\d s\)\nbroken failed, and nothing of it was kept \(dist\/src\/2-broken\.seed\.js\)\.\nTypeError: it is broken\n {4}at /,
    );
    expect(output).not.toContain('own');
    expect(await product.database.sql('SELECT * FROM things')).toEqual([]);
    expect(await product.database.sql('SELECT * FROM users')).toEqual([]);
    const recorded = `SELECT FROM audit_events WHERE action LIKE 'user.%'`;
    expect(await product.database.sql(recorded)).toEqual([]);
  });

  it('keeps what a seed without a transaction had done', async () => {
    expect(await product.runCommand('seed', 'own')).toEqual({
      code: 1,
      output: 'own failed, and what it had done stays (dist/src/3-own.seed.js).\nBob is there.\n',
    });
    expect(await product.database.sql('SELECT username FROM users')).toEqual([{ username: 'bob' }]);
  });

  it.each([
    ['weak', 'The account "dan" cannot be added: password: This password is too common.'],
    [
      'misspelt',
      'The account "d n" cannot be added: username: The username may contain only letters, digits and @ . + - _. email: Enter a valid email address.',
    ],
    [
      'taken',
      'The account "dan" cannot be added: The account carl has proven the address carl@example.com.',
    ],
    ['powerful', 'The account "dan" cannot be added: roles: There is no role "owner".'],
    ['unknown', 'The account "dan" cannot be added: passwordHash: This field is not known here.'],
  ])('refuses an account that registration would refuse: %s', async (name, sentence) => {
    expect(await product.runCommand('seed', name)).toEqual({
      code: 1,
      output: `${name} failed, and nothing of it was kept (dist/src/4-refused.seed.js).\n${sentence}\n`,
    });
    expect(await product.database.sql('SELECT username FROM users')).toEqual([{ username: 'bob' }]);
  });

  it('lists the seeds that exist for a name that does not, and runs none of the others', async () => {
    expect(await product.runCommand('seed', 'own', 'peple')).toEqual({
      code: 1,
      output:
        'There is no seed "peple". There are: things, broken, own, weak, misspelt, taken, powerful, unknown.\n',
    });
  });

  it.each([
    [
      `export const A = defineSeed('things', async () => {});`,
      'the seed "things" is also defined in dist/src/1-things.seed.js.',
    ],
    [
      `export const A = defineSeed('My things', async () => {});`,
      '"My things" is no name of a seed; write it in lower case, such as people.',
    ],
    [`defineSeed('others', async () => {});`, 'it exports nothing that defineSeed() returned.'],
  ])('names the file of a seed that cannot be: %s', async (code, sentence) => {
    await product.write({
      'src/9-bad.seed.ts': `import { defineSeed } from 'gatehouse';\n${code}`,
    });
    expect(await product.runCommand('seed', 'things')).toEqual({
      code: 1,
      output: `dist/src/9-bad.seed.js: ${sentence}\n`,
    });
    // Other commands do not import seeds.
    expect((await product.runCommand('users', 'list')).code).toBe(0);
  });

  it('adds accounts without usernames once, by their addresses', async () => {
    const product = await Product.create({
      'src/app.module.ts': `
        import { Module } from '@nestjs/common';
        import { GatehouseModule } from 'gatehouse';
        const options = { root: import.meta.dirname, username: 'none' } as const;
        @Module({ imports: [GatehouseModule.forRoot(options)] })
        export class AppModule {}`,
      'src/people.seed.ts': `
        import { defineSeed } from 'gatehouse';
        export const PEOPLE = defineSeed('people', async ({ addAccounts }) => {
          for (const _ of [1, 2]) await addAccounts([{ email: 'ann@example.com' }]);
        });`,
    });
    try {
      const variables = { EMAIL_VERIFICATION: 'mandatory' };
      const { code, output } = await product.runCommandWith(variables, 'seed');
      expect(output).toMatch(/^people: done/);
      expect(code).toBe(0);
      expect(await product.database.sql('SELECT email FROM users')).toEqual([
        { email: 'ann@example.com' },
      ]);
    } finally {
      await product.remove();
    }
  });
});
