import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { run } from '../support/process.js';
import { Product } from '../support/product.js';

const FIRST = 'CreateShelves1795300000001';
const migration = (name: string, up: string, down = '') => `
  export class ${name} {
    async up(runner) { await runner.query(\`${up}\`); }
    async down(runner) { await runner.query(\`${down}\`); }
  }`;
const SHELVES = migration(
  FIRST,
  'CREATE TABLE shelves (id int PRIMARY KEY, owner_id uuid REFERENCES users (id))',
  'DROP TABLE shelves',
);

/** What version 0.1 left behind: our names in the table `migrations`, next to those of the application. */
async function makeVersion01({ sql }: TestDatabase, ...others: string[]): Promise<string[]> {
  await sql(
    `CREATE TABLE migrations (id SERIAL PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL)`,
  );
  const rows = await sql<{ name: string }>(
    `INSERT INTO migrations (timestamp, name) SELECT timestamp, name FROM gatehouse_migrations ORDER BY id
     RETURNING name`,
  );
  await sql(`INSERT INTO migrations (timestamp, name) SELECT 1, unnest($1::text[])`, [others]);
  await sql('DROP TABLE gatehouse_migrations');
  return rows.map(({ name }) => name);
}

const namesIn = async ({ sql }: TestDatabase, table: string) =>
  (await sql<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`)).map(({ name }) => name);

describe('a database of version 0.1', () => {
  const cli = commandLine();
  let database: TestDatabase;
  let ours: string[];
  beforeAll(async () => {
    database = await createDatabase();
    ours = await makeVersion01(database, 'OfTheApplication1');
  });
  afterAll(() => database.close());

  const variables = () => testVariables(database.url);

  it('has nothing pending or unknown before our names are moved', async () => {
    const { output } = await cli(['check'], variables());
    expect(output).not.toMatch(/W001|W002/);
    const off = { ...variables(), MIGRATE_ON_START: 'off' };
    expect((await cli(['clearsessions'], off)).code).toBe(0);
    expect(await namesIn(database, 'migrations')).toEqual([...ours, 'OfTheApplication1']);
  });

  it('is left as it is by a role that only uses the tables', async () => {
    const [{ name }] = (await database.sql<{ name: string }>(
      'SELECT current_database() AS name',
    )) as [{ name: string }];
    const role = `user_of_${name}`;
    await database.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    try {
      for (const schema of ['public', 'gatehouse_jobs']) {
        await database.sql(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
        await database.sql(`GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
        await database.sql(`GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`);
      }
      const url = new URL(database.url);
      [url.username, url.password] = [role, 'x'];
      const used = await cli(['clearsessions'], { ...variables(), DATABASE_URL: url.href });
      expect(used).toMatchObject({ code: 0 });
      expect(await namesIn(database, 'migrations')).toEqual([...ours, 'OfTheApplication1']);
    } finally {
      await database.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('gives our names a table of their own, once, by whichever of two commands comes first', async () => {
    const both = await Promise.all(
      [1, 2].map(() => {
        const { exited, output } = run('cli', ['migrate'], variables());
        return exited.then((code) => ({ code, output: output() }));
      }),
    );
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(
      both.filter(({ output }) => output.includes(`record of ${ours.length} migrations`)),
    ).toHaveLength(1);
    expect(await namesIn(database, 'gatehouse_migrations')).toEqual(ours);
    expect(await namesIn(database, 'migrations')).toEqual(['OfTheApplication1']);
    expect((await cli(['check'], variables())).output).not.toMatch(/W001|W002/);
  });

  it('can go back to version 0.1 by one statement, and is taken over again', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/migrations.md'), 'utf8');
    const [, statement] = /```sql\n([^`]*INSERT INTO migrations[^`]*)```/.exec(page)!;
    await database.sql(statement!);
    expect(await namesIn(database, 'migrations')).toEqual(['OfTheApplication1', ...ours]);
    expect((await cli(['migrate'], variables())).code).toBe(0);
    expect(await namesIn(database, 'gatehouse_migrations')).toEqual(ours);
    expect(await namesIn(database, 'migrations')).toEqual(['OfTheApplication1']);
  });
});

describe('the migrations of a product', () => {
  let product: Product;
  let ours: string[];
  beforeAll(async () => {
    product = await Product.create({ 'migrations/1795300000001-CreateShelves.ts': SHELVES });
    ours = await namesIn(product.database, 'gatehouse_migrations');
  });
  afterAll(() => product.remove());

  it('are pending, and named by check', async () => {
    const { output } = await product.runCommand('check');
    expect(output).toContain(`W001`);
    expect(output).toContain(FIRST);
  });

  it('stop a start that may not migrate', async () => {
    const start = await product.failToStart({ MIGRATE_ON_START: 'off' });
    expect(start.output).toContain(`A migration is pending (${FIRST})`);
  });

  it('are recorded in a table of their own, after ours', async () => {
    expect((await product.runCommand('migrate')).output).toContain(`Applied ${FIRST}`);
    expect(await namesIn(product.database, 'migrations')).toEqual([FIRST]);
    expect(await namesIn(product.database, 'gatehouse_migrations')).toEqual(ours);
  });

  it('are known to check', async () => {
    expect((await product.runCommand('check')).output).not.toMatch(/W001|W002/);
  });

  it('that the code does not know are found by check', async () => {
    const { sql } = product.database;
    await sql(`INSERT INTO migrations (timestamp, name) VALUES (2, 'OfTomorrow2')`);
    expect((await product.runCommand('check')).output).toMatch(/W002[\s\S]*OfTomorrow2/);
  });

  it('that the code does not know are not taken back', async () => {
    const { sql } = product.database;
    const revert = await product.runCommand('migration:revert');
    expect(revert).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^The code has no migration OfTomorrow2, .*table migrations/),
    });
    await sql(`DELETE FROM migrations WHERE name = 'OfTomorrow2'`);
  });

  it('are taken back one by one', async () => {
    expect(await product.runCommand('migration:revert')).toEqual({
      code: 0,
      output: `Took back ${FIRST}.\n`,
    });
    expect(await product.database.sql(`SELECT to_regclass('shelves') AS t`)).toEqual([{ t: null }]);
  });

  it('are taken back without ours, unless the operator asks for them', async () => {
    const none = await product.runCommand('migration:revert');
    expect(none).toEqual({ code: 1, output: 'No migration of the product is applied.\n' });
    expect(await namesIn(product.database, 'gatehouse_migrations')).toEqual(ours);
  });

  it('are left alone when the latest of ours is taken back', async () => {
    const latest = await product.runCommand('migration:revert', '--gatehouse');
    expect(latest.output).toBe(`Took back ${ours.at(-1)}.\n`);
  });

  it('that fail name their file, and keep what was applied before them', async () => {
    const broken = migration('Broken1795300000002', 'CREATE TABLE half (id int); SELECT 1 / 0');
    await product.write({ 'migrations/1795300000002-Broken.ts': broken });
    const { code, output } = await product.failToStart();
    expect(code).toBe(1);
    expect(output.trim().split('\n').at(-1)).toMatch(
      /^The migration Broken1795300000002 \(dist\/migrations\/1795300000002-Broken\.js\) failed, and nothing of it was kept\. .*division by zero/,
    );
    expect(await product.database.sql(`SELECT to_regclass('half') AS t`)).toEqual([{ t: null }]);
    expect(await namesIn(product.database, 'gatehouse_migrations')).toEqual(ours);
    expect(await namesIn(product.database, 'migrations')).toEqual([FIRST]);
  });

  it('that fail outside a transaction say that something stays', async () => {
    await product.write({
      'migrations/1795300000002-Broken.ts': `
        export class Broken1795300000002 {
          transaction = false;
          async up(runner) {
            await runner.query('CREATE TABLE half (id int)');
            await runner.query('SELECT 1 / 0');
          }
        }`,
    });
    const { output } = await product.failToStart();
    expect(output).toContain(
      'Broken.js) failed outside a transaction, and what it did before stays. ',
    );
    await product.database.sql('DROP TABLE half');
  });

  it.each([
    [
      '1795300000002-Broken.ts',
      migration('Broken', 'SELECT 1'),
      'the class Broken must end with its time in milliseconds',
    ],
    [
      '1795300000002-Broken.ts',
      migration(FIRST, 'SELECT 1'),
      `dist/migrations/1795300000001-CreateShelves.js has a migration ${FIRST} as well.`,
    ],
    [
      '1795300000002-Broken.ts',
      migration('Foundation1795200000000', 'SELECT 1'),
      'the migration Foundation1795200000000 belongs to Gatehouse, which applies it by itself. Delete the file.',
    ],
  ])('with a wrong name stop the start: %s', async (file, text, sentence) => {
    await product.write({ [`migrations/${file}`]: text });
    const { code, output } = await product.failToStart();
    expect(code).toBe(1);
    expect(output.trim()).toBe(
      `dist/migrations/1795300000002-Broken.js: ${sentence}${sentence.endsWith('.') ? '' : ', as in AddArticles1795200000000.'}`,
    );
  });
});

describe('migration:generate', () => {
  let product: Product;
  const entity = (columns: string) => `
    import { Column, Entity, PrimaryGeneratedColumn, ManyToOne, Unique } from 'typeorm';
    import { User } from 'gatehouse';
    @Entity('articles')
    export class Article {
      @PrimaryGeneratedColumn('uuid') id;
      ${columns}
      @ManyToOne(() => User, { onDelete: 'CASCADE' }) author;
    }`;
  const userClass = (columns: string, header = '') => `
    import { Column, Unique, Index, ManyToOne } from 'typeorm';
    import { UserField } from 'gatehouse';
    import { Article } from './article.entity.js';
    ${header}
    export class AppUser { ${columns} }`;
  const app = `
    import { Module } from '@nestjs/common';
    import { GatehouseModule } from 'gatehouse';
    import { AppUser } from './user-fields.js';
    @Module({ imports: [GatehouseModule.forRoot({ root: import.meta.dirname, userFields: AppUser })] })
    export class AppModule {}`;
  beforeAll(async () => {
    product = await Product.create({
      'src/app.module.ts': app,
      'src/article.entity.ts': entity(`@Column('varchar', { length: 100 }) title;`),
      'src/user-fields.ts': userClass(
        `@Column('varchar', { length: 30, nullable: true, unique: true }) phone;
         @Column('varchar', { length: 10, default: '' }) team;
         @Column('int', { nullable: true }) badge;
         @ManyToOne(() => Article, { nullable: true, onDelete: 'SET NULL' }) favourite;`,
        `@Unique('users_team_badge_key', ['team', 'badge'])
         @Index('users_team_idx', ['team', 'createdAt'])`,
      ),
    });
    // What others have made in our tables, and next to them.
    await product.database.sql(`
      CREATE TABLE of_others (id int PRIMARY KEY);
      CREATE INDEX by_hand_idx ON users (last_login_at);
      ALTER TABLE roles ADD by_hand int;
      COMMENT ON TABLE users IS 'By hand'`);
  });
  afterAll(() => product.remove());

  const files = () => readdirSync(join(product.folder, 'migrations')).toSorted();
  const generate = async (name: string) => {
    const { code, output } = await product.runCommand('migration:generate', name);
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(
        /(^|\n)Wrote migrations\/\d+-\w+\.ts\. Read it before you use it\.\n$/,
      ),
    });
    const file = files().at(-1)!;
    const text = readFileSync(join(product.folder, 'migrations', file), 'utf8');
    await product.write({ [`migrations/${file}`]: text });
    return text;
  };

  it('writes what the product adds, and nothing of ours or of others', async () => {
    const text = await generate('AddArticlesAndFields');
    expect(text).toContain('import type { MigrationInterface, QueryRunner } from "typeorm";');
    expect(text).toContain('CREATE TABLE "articles"');
    expect(text.match(/ADD "\w+"/g)).toEqual([
      'ADD "phone"',
      'ADD "team"',
      'ADD "badge"',
      'ADD "favourite_id"',
    ]);
    expect(text).toContain('users_team_badge_key');
    expect(text).toContain('CREATE INDEX "users_team_idx"');
    const [up] = text.split('public async down');
    expect(up).not.toMatch(/DROP|ALTER COLUMN|COMMENT|by_hand|of_others|_pkey|users_username_key/);
    expect(up!.match(/ALTER TABLE "\w+"/g)!.map((one) => one.slice(12))).toEqual(
      expect.not.arrayContaining(['"roles"', '"sessions"']),
    );
  });

  it('writes what can be applied', async () => {
    expect((await product.runCommand('migrate')).code).toBe(0);
  });

  it('says that nothing differs, with an exit code, and writes nothing', async () => {
    const before = files();
    expect(await product.runCommand('migration:generate', 'Nothing')).toEqual({
      code: 1,
      output: 'The database has all that the entities declare: there is nothing to migrate.\n',
    });
    expect(files()).toEqual(before);
  });

  it('takes a name in PascalCase only', async () => {
    const before = files();
    const { code, output } = await product.runCommand('migration:generate', '../Evil');
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining('PascalCase'),
    });
    expect(files()).toEqual(before);
  });

  it('renames and drops what the product has taken out', async () => {
    await product.write({
      'src/user-fields.ts': userClass(
        `@Column('varchar', { length: 30, nullable: true, unique: true }) phone;
         @Column('varchar', { length: 20, default: '' }) team;
         @ManyToOne(() => Article, { nullable: true, onDelete: 'SET NULL' }) favourite;`,
      ),
    });
    const text = await generate('NoBadges');
    const [up] = text.split('public async down');
    expect(up).toContain('DROP COLUMN "badge"');
    expect(up).toContain('DROP INDEX "public"."users_team_idx"');
    expect(up).not.toMatch(/by_hand|username|email|created_at"? (DROP|TYPE)/);
  });

  it('writes what applies and can be taken back', async () => {
    expect((await product.runCommand('migrate')).code).toBe(0);
    expect(await product.runCommand('migration:revert')).toMatchObject({ code: 0 });
  });

  it('refuses a database that has migrations of other code', async () => {
    const { sql } = product.database;
    await sql(`INSERT INTO gatehouse_migrations (timestamp, name) VALUES (1, 'OfTomorrow1')`);
    const { code, output } = await product.runCommand('migration:generate', 'Anything');
    expect(code).toBe(1);
    expect(output).toContain('migrations that this code does not have (OfTomorrow1)');
  });
});
