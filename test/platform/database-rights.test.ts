import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { register } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { commandLine, failingStarts } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ROOT, startInstance } from '../support/process.js';

const ROLE_PASSWORD = 'mR8sYw3KpZ6tVd1x';

const cli = commandLine();
const start = failingStarts();

let database: TestDatabase;
let role: string;
beforeAll(async () => {
  const empty = await createDatabase('template0');
  role = `Plain ${new URL(empty.url).pathname.slice(6)}`;
  await empty.sql(`CREATE ROLE "${role}" LOGIN PASSWORD '${ROLE_PASSWORD}'`);
  await empty.close();
});
afterAll(() => database?.close());

/** An empty database, after the statements of an administrator of the server. */
async function prepared(statements: string[]): Promise<void> {
  await database?.close();
  database = await createDatabase('template0');
  for (const statement of statements)
    await database.sql(statement.replaceAll(/\bROLE\b/g, `"${role}"`));
}

/** Its address, for a role that owns nothing and may create nothing. */
function urlOfRole(): string {
  return Object.assign(new URL(database.url), { username: role, password: ROLE_PASSWORD }).href;
}

function urlWithSearchPath(path: string): string {
  const url = new URL(database.url);
  url.searchParams.set('options', `-c search_path=${path}`);
  return url.href;
}

/** Starts there, and has a job done: the email of a registration. */
async function expectToWork(url: string): Promise<void> {
  const server = await startInstance(url);
  await register(server.http);
  expect(await server.stop()).toBe(0);
}

const schemasOf = (index: string) =>
  database.sql(
    `SELECT c.relnamespace::regnamespace::text AS index, opcnamespace::regnamespace::text AS extension
     FROM pg_class c JOIN pg_index ON indexrelid = c.oid JOIN pg_opclass o ON o.oid = ANY(indclass)
     WHERE relname = $1`,
    [index],
  );

describe('a first start where pg_trgm exists already', () => {
  it('uses it in a schema that is not on the search path', async () => {
    await prepared([
      'CREATE SCHEMA "Extensions 1"',
      'CREATE EXTENSION pg_trgm SCHEMA "Extensions 1"',
    ]);
    await expectToWork(database.url);
    expect(await schemasOf('users_search_idx')).toEqual([
      { index: 'public', extension: '"Extensions 1"' },
    ]);
  });

  it('uses it in public for an installation in a schema of its own', async () => {
    await prepared(['CREATE SCHEMA auth', 'CREATE EXTENSION pg_trgm']);
    await expectToWork(urlWithSearchPath('auth'));
    expect(await schemasOf('users_search_idx')).toEqual([{ index: 'auth', extension: 'public' }]);
  });
});

/** In each, ROLE stands for the role. */
const TABLES = 'GRANT CREATE ON SCHEMA public TO ROLE';
const EXTENSION = 'CREATE EXTENSION pg_trgm';
const QUEUE = 'CREATE SCHEMA gatehouse_jobs AUTHORIZATION ROLE';

/** What an administrator has prepared, and what the refusal names as missing. */
const LACKING: Record<string, { before: string[]; rights: string[]; statements: string[] }> = {
  nothing: {
    before: [],
    rights: ['CREATE on the schema public', 'CREATE on the database DATABASE'],
    statements: [TABLES, EXTENSION, QUEUE],
  },
  'all but the right to create tables': {
    before: [EXTENSION, QUEUE],
    rights: ['CREATE on the schema public'],
    statements: [TABLES],
  },
  'all but the extension': {
    before: [TABLES, QUEUE],
    rights: ['CREATE on the database DATABASE'],
    statements: [EXTENSION],
  },
  'all but the schema of the queue': {
    before: [TABLES, EXTENSION],
    rights: ['CREATE on the database DATABASE'],
    statements: [QUEUE],
  },
  'the extension in a closed schema': {
    before: [TABLES, QUEUE, 'CREATE SCHEMA extensions', `${EXTENSION} SCHEMA extensions`],
    rights: ['USAGE on the schema extensions'],
    statements: ['GRANT USAGE ON SCHEMA extensions TO ROLE'],
  },
  'the schema of the queue for another role': {
    before: [TABLES, EXTENSION, 'CREATE SCHEMA gatehouse_jobs'],
    rights: ['USAGE and CREATE on the schema gatehouse_jobs'],
    statements: ['GRANT USAGE, CREATE ON SCHEMA gatehouse_jobs TO ROLE'],
  },
};

describe('a first start with a role without CREATE on the database', () => {
  it('works once everything is prepared as docs/operations.md says', async () => {
    const [, section] = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8').split(
      '## Rights for the first start',
    );
    const [, statements] = /```sql\n([\s\S]*?)```/.exec(section!)!;
    await prepared([statements!.replaceAll(/\bgatehouse;/g, 'ROLE;')]);
    await expectToWork(urlOfRole());
    // Nor does the next one need more.
    await database.sql(`REVOKE CREATE ON SCHEMA public FROM "${role}"`);
    await expectToWork(urlOfRole());
  });

  it.each(Object.entries(LACKING))(
    'ends with the missing rights and their statements where %s is prepared',
    async (_, { before, rights, statements }) => {
      await prepared(before);
      const named = (text: string) =>
        text
          .replaceAll('ROLE', `"${role}"`)
          .replaceAll('DATABASE', new URL(database.url).pathname.slice(1));
      const { code, output } = await start(testVariables(urlOfRole()));
      expect(code).toBe(1);
      expect(output).toBe(
        `"${role}" cannot migrate the database "${named('DATABASE')}": it lacks ${named(rights.join(', '))}. ` +
          `An administrator of the server runs there: ${named(statements.join('; '))}; ` +
          'Or a role that has these rights migrates: npm run cli -- migrate',
      );
      expect(await database.sql(`SELECT FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);

      for (const statement of statements) await database.sql(named(statement));
      expect(await cli(['migrate'], testVariables(urlOfRole()))).toMatchObject({ code: 0 });
    },
  );

  it('works with CREATE on the database and the schema, and creates the rest itself', async () => {
    await prepared([TABLES]);
    const name = new URL(database.url).pathname.slice(1);
    await database.sql(`GRANT CREATE ON DATABASE ${name} TO "${role}"`);
    expect(await cli(['migrate'], testVariables(urlOfRole()))).toMatchObject({ code: 0 });
  });
});
