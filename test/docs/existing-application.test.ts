import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { built } from '../support/built.js';
import { filesOfPage } from '../support/doc-page.js';
import { SHOP } from '../support/existing-shop.js';
import { problem } from '../support/http.js';
import { ROOT, type TestServer } from '../support/process.js';
import { Product } from '../support/product.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';

const { startTestApp } = await built<typeof import('../../src/testing.js')>('src/testing.js');

const FILES: Record<string, string> = { ...SHOP, ...filesOfPage('docs/existing-application.md') };

/** The application of the page with more that it may have had before. */
const WITH_MORE: Record<string, string> = {
  ...FILES,
  'src/main.ts': FILES['src/main.ts']!.replace(
    'app.enableShutdownHooks();',
    `app.useGlobalInterceptors(new Wrapped());
     app.useGlobalFilters(new ShopFilter());
     app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
     app.enableShutdownHooks();`,
  ).replace(
    "import { ValidationPipe } from '@nestjs/common';",
    `import { ValidationPipe, VersioningType } from '@nestjs/common';
     import { ShopFilter, Wrapped } from './global-parts.js';`,
  ),
  'src/app.module.ts': FILES['src/app.module.ts']!.replace(
    '    OrdersModule,\n',
    '    OrdersModule, GlobalPartsModule,\n',
  ).replace(
    'import { Module }',
    "import { GlobalPartsModule } from './global-parts.js';\nimport { Module }",
  ),
};

const TSCONFIG = JSON.stringify({
  extends: join(ROOT, 'tsconfig.json'),
  compilerOptions: {
    rootDir: '.',
    outDir: 'dist',
    types: ['node'],
    strictPropertyInitialization: false,
  },
  include: ['src'],
});

/** Columns, types and defaults of every table outside of PostgreSQL itself, by schema. */
const COLUMNS = `
  SELECT table_schema AS schema, table_name AS name, string_agg(concat_ws(' ', column_name, data_type, is_nullable, column_default), ', ' ORDER BY ordinal_position) AS columns
  FROM information_schema.columns WHERE table_schema !~ '^(pg_|information_schema)' GROUP BY 1, 2 ORDER BY 1, 2`;

interface Table {
  schema: string;
  name: string;
  columns: string;
}

function tokenOfShop(customer: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: customer })}`;
  return `${signed}.${createHmac('sha256', 'secret of the shop').update(signed).digest('base64url')}`;
}

describe('docs/existing-application.md', () => {
  let shop: Product;
  let server: TestServer;
  let http: TestServer['http'];
  beforeAll(async () => {
    shop = await Product.create(WITH_MORE);
    // A database that only the shop knows.
    await shop.database.sql(
      'DROP SCHEMA public, gatehouse_jobs CASCADE; CREATE SCHEMA public; CREATE TABLE public.migrations (id serial, timestamp bigint, name text); CREATE TABLE public.left_by_others (id integer)',
    );
    server = await shop.start();
    ({ http } = server);
  });
  afterAll(() => shop.remove());

  const tables = () => shop.database.sql<Table>(COLUMNS);
  const namesIn = async (schema: string) =>
    (await tables()).filter((one) => one.schema === schema).map(({ name }) => name);

  it('creates its tables in a schema of its own, and leaves those of the application alone', async () => {
    expect(await namesIn('public')).toEqual(['left_by_others', 'migrations', 'orders', 'users']);
    expect(await namesIn('gatehouse_data')).toEqual(
      expect.arrayContaining(['gatehouse_migrations', 'users', 'sessions']),
    );
    const [users] = await shop.database.sql<Table>(
      COLUMNS.replace('GROUP BY', "AND table_name = 'users' AND table_schema = 'public' GROUP BY"),
    );
    expect(users!.columns).toMatch(/^id integer .*, name text NO$/);
  });

  it('changes no table when it starts again, with synchronize as well', async () => {
    const ada = await newSession(http);
    const before = await tables();
    // Nest ends the process by the signal when it has closed everything.
    expect(await server.stop()).toBe('SIGTERM');
    expect(
      await shop.database.sql(
        `SELECT application_name FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'gatehouse%'`,
      ),
    ).toEqual([]);
    server = await shop.start();
    ({ http } = server);
    expect(await tables()).toEqual(before);
    const again = await http.as(ada.accessToken).get('/api/auth/session');
    expect(again.status).toBe(200);
  });

  it('leaves routes of unguarded modules as they were: access, input and errors', async () => {
    const order = { title: 'Hinges', colour: 'red' };
    const added = await http.post('/v1/v2/orders', order);
    expect(added).toMatchObject({ status: 201, body: { data: { title: 'Hinges' } } });
    expect(await http.post('/v1/v2/orders', {})).toMatchObject({
      status: 400,
      body: { shop: expect.any(String) },
    });
    expect(await http.get('/v1/v2/legacy?page=2&unknown=1')).toMatchObject({
      status: 200,
      body: { data: { page: '2' } },
    });
    expect(await http.post('/v1/v2/legacy/many', ['a', 'b'])).toMatchObject({
      status: 201,
      body: { data: ['a', 'b'] },
    });
    const form = await fetch(new URL('/v1/v2/legacy/form', http.url), {
      method: 'POST',
      body: new URLSearchParams({ a: '1' }),
    });
    expect(await form.json()).toEqual({ data: { a: '1' } });
    expect(await http.get('/v1/v2/legacy/missing')).toMatchObject({
      status: 404,
      body: { shop: 'No such order' },
    });
  });

  it('closes every other route, and those of unguarded modules that have moved in', async () => {
    for (const path of ['/v1/v2/invoices', '/v1/v2/orders/mine', '/v1/v2/legacy/ours']) {
      expect({ path, status: (await http.get(path)).status }).toEqual({ path, status: 401 });
    }
    const ada = await newSession(http);
    const { userId } = (await ada.http.get<{ userId: string }>('/api/auth/session')).body;
    await shop.database.sql(`INSERT INTO public.orders (title, "userId") VALUES ('Locks', $1)`, [
      userId,
    ]);
    expect((await ada.http.get('/v1/v2/orders/mine')).body).toMatchObject({
      data: [{ title: 'Locks' }],
    });
    expect((await ada.http.get('/v1/v2/legacy/ours')).body).toMatchObject({ data: { userId } });
    expect((await ada.http.get('/v1/v2/invoices')).status).toBe(200);
  });

  it('knows tokens of the application from its own, where both have a strategy for JWT', async () => {
    const customer = http.as(tokenOfShop('ada'));
    expect((await customer.get('/v1/v2/legacy/me')).body).toMatchObject({
      data: { customer: 'ada' },
    });
    for (const path of [
      '/api/auth/session',
      '/api/users',
      '/v1/v2/invoices',
      '/v1/v2/legacy/ours',
    ]) {
      expect({ path, status: (await customer.get(path)).status }).toEqual({ path, status: 401 });
    }
    const { http: ada } = await newSession(http);
    expect((await ada.get('/v1/v2/legacy/me')).status).toBe(401);
  });

  it('answers on its own routes as documented, whatever the application registers for all', async () => {
    const weak = await http.post('/api/auth/register', {
      username: 'ada',
      email: 'ada',
      password: 'x',
      more: 1,
    });
    expect(weak.status).toBe(422);
    expect(problem(weak)).toMatchObject({ code: 'validation_failed' });
    expect(problem(await http.get('/api/users/me'))).toMatchObject({
      code: 'authentication_required',
    });
    const closed = { 'x-shop': 'closed' };
    expect(
      (await fetch(new URL('/.well-known/jwks.json', http.url), { headers: closed })).status,
    ).toBe(200);
    expect((await fetch(new URL('/v1/v2/legacy', http.url), { headers: closed })).status).toBe(403);
    const page = await fetch(new URL('/accounts/login', http.url));
    expect(await page.text()).toMatch(/^<!DOCTYPE html>/i);
    expect(await (await fetch(new URL('/v1/v2', http.url))).json()).toEqual({
      data: 'the shop',
    });
  });

  it('is administered by the binary', async () => {
    const { code, output } = await shop.runCommand('routes');
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain('| POST | `/orders` | decided by the application |');
    expect(output).toContain('| GET | `/orders/mine` | signed in within 15 minutes |');
    expect(output).toContain('| GET | `/invoices` | signed-in users |');
  });

  it('has no tables of the application in a migration for Gatehouse', async () => {
    const { code, output } = await shop.runCommand('migration:generate', 'Nothing');
    expect(code).toBe(1);
    expect(output).toContain('there is nothing to migrate');
  });

  it('is tested with the kit', async () => {
    // Environment variables of a test file do not reach modules that Node itself loads.
    await shop.write({
      'src/kit.module.ts': WITH_MORE['src/app.module.ts']!.replace(
        'process.env.DATABASE_URL',
        `'${shop.database.url}'`,
      ),
    });
    const app = await startTestApp(join(shop.folder, 'dist/src/kit.module.js'), {
      configure: (nest) => void nest.setGlobalPrefix('v1'),
    });
    try {
      const { http: ada, account } = await app.signIn();
      expect((await ada.get('/api/users/me')).body).toMatchObject({ id: account.id });
      expect((await ada.get('/v1/invoices')).status).toBe(200);
      expect((await app.http.get('/v1/invoices')).status).toBe(401);
      const before = await app.database.fingerprint();
      await ada.post('/api/account/sessions', {});
      expect(await app.database.fingerprint()).toBe(before);
      expect(await app.database.sql('SELECT username FROM users')).toHaveLength(1);
    } finally {
      await app.close();
    }
  });
});

describe('an existing application that cannot be mounted as it is', () => {
  let shop: Product;
  beforeAll(async () => {
    shop = await Product.create(FILES);
    await shop.database.sql(
      'DROP SCHEMA public, gatehouse_jobs CASCADE; CREATE SCHEMA public; CREATE TABLE public.users (id serial)',
    );
  });
  afterAll(() => shop.remove());

  const ROLE = new URL(process.env.TEST_DATABASE_URL!).username;
  const MODULE = FILES['src/app.module.ts']!;
  /** Those of the shop may be there already: its own data source connects at the same time. */
  const OF_THE_SHOP = new Set(['public.users', 'public.orders']);
  const tablesOfGatehouse = async () =>
    (await shop.database.sql<Table>(COLUMNS))
      .map(({ schema, name }) => `${schema}.${name}`)
      .filter((table) => !OF_THE_SHOP.has(table));

  it('is told that a schema has tables of others, before anything is written', async () => {
    await shop.write({
      'src/app.module.ts': MODULE.replace('existing: { ', "existing: { schema: 'public', ")
        .replace(/TypeOrmModule.forRoot\([^]*?\}\),\n/, '')
        .replace('    OrdersModule,\n', '')
        .replace('[OrdersModule]', '[]'),
    });
    const { code, output } = await shop.failToStart();
    expect(code).not.toBe(0);
    expect(output).toBe(
      'The schema "public" has a table "users" that Gatehouse has not created. Give Gatehouse a schema of its own: GatehouseModule.forRoot({ existing: { schema: \'gatehouse_data\' } }), or another search_path in DATABASE_URL.\n',
    );
    expect(await tablesOfGatehouse()).toEqual([]);
  });

  it.each([
    [
      'a data source by the same name',
      MODULE.replace(/\{ existing.*\}\)/, '{})'),
      'AppModule has a TypeOrmModule.forRoot() of its own. Say so with GatehouseModule.forRoot({ existing: {} }), or use the data source of Gatehouse instead (docs/existing-application.md).',
    ],
    [
      'a schema without a name',
      MODULE.replace('existing: { ', "existing: { schema: '', "),
      'forRoot({ existing: { schema } }): it must be the name of a schema, such as "gatehouse_data", of at most 63 bytes.',
    ],
    [
      'a schema by the name of the role',
      MODULE.replace('existing: { ', `existing: { schema: '${ROLE}', `),
      `The schema "${ROLE}" has the name of the role, so PostgreSQL would look there for the tables of the application. Name another one: GatehouseModule.forRoot({ existing: { schema: 'gatehouse_data' } }).`,
    ],
    [
      'a module without controllers',
      MODULE.replace('[OrdersModule]', '[TypeOrmModule]'),
      'forRoot({ existing: { unguarded } }): TypeOrmModule has no controllers. Name the modules whose @Module() lists them.',
    ],
  ])('is told of %s', async (_, module, sentence) => {
    await shop.write({ 'src/app.module.ts': module });
    const { code, output } = await shop.failToStart();
    expect({ code, output }).toEqual({ code: 1, output: `${sentence}\n` });
    expect(await tablesOfGatehouse()).toEqual([]);
  });

  it.each([
    ['Express', '', 'Gatehouse runs on Fastify, and this application on Express.'],
    ['Fastify', ', new FastifyAdapter()', 'This application was created without Gatehouse.'],
  ])('is told how to create it, on %s', async (_, adapter, sentence) => {
    await shop.write({
      'src/app.module.ts': MODULE,
      'src/main.ts': `
        import { NestFactory } from '@nestjs/core';
        import { FastifyAdapter } from '@nestjs/platform-fastify';
        import { AppModule } from './app.module.js';
        const app = await NestFactory.create(AppModule${adapter});
        await app.listen(0);`,
    });
    const { code, output } = await shop.failToStart();
    expect(code).not.toBe(0);
    expect(output).toContain(`${sentence} Create it with createApp(AppModule) from 'gatehouse'`);
    expect(output).not.toContain("can't resolve dependencies");
  });
});

describe('the files of docs/existing-application.md', () => {
  it('compile', async () => {
    await writeDeclarations();
    const { 'src/global-parts.ts': _, ...files } = FILES;
    expect(await TypedProduct.check({ ...files, 'tsconfig.json': TSCONFIG })).toEqual([]);
  }, 60_000);
});
