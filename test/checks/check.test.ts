import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { CLI } from '../../src/common/cli-name.js';
import { CHECKS, type CheckDefinition } from '../../src/checks/check-catalogue.js';
import { tableOf } from '../../src/cli/check-table.js';
import { found } from '../../src/checks/finding.js';
import { Declarations } from '../../src/common/declarations.js';
import { runChecks } from '../../src/checks/run-checks.js';
import { Public, RequirePermissions, Roles } from '../../src/access/access.decorators.js';
import type { AppConfig } from '../../src/platform/config/app-config.js';
import { loadConfig } from '../../src/platform/config/load-config.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { newSession, PASSWORD } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { ROOT, run, startInstance } from '../support/process.js';

const SECRET = 'Zr7wq1VfH0cJ9sYt4mXb6LkQe2DnGp8u';
const OTHER_SECRET = 'bT5xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a';
const SAFE = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://accounts.example.com',
  APP_SECRET: SECRET,
  SMTP_URL: 'smtps://mail.example.com:465',
  TRUST_PROXY: '1',
  PASSWORD_MIN_LENGTH: '15',
};
const APP_ROLE = 'gatehouse_app';

const page = (file: string) => readFileSync(join(ROOT, 'docs', file), 'utf8');

describe('npm run cli -- check', () => {
  let database: TestDatabase;
  let role: string;
  /** The database, as a role of its own sees it, with a password nobody would try. */
  let url: string;
  beforeAll(async () => {
    database = await createDatabase();
    // The first start, as the owner, completes the database.
    const server = await startInstance(database.url, { APP_SECRET: SECRET });
    await database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
    await database.settled();
    await server.stop();
    // Roles belong to the whole server: each run of this file takes one of its own.
    const name = new URL(database.url).pathname.slice(1);
    role = `${APP_ROLE}_${name}`;
    const [, section] = page('operations.md').split('## A database role that cannot alter tables');
    const blocks = section!.matchAll(/```sql\n([\s\S]*?)```/g);
    const statements = [...blocks].map(([, block]) => block).join('');
    await database.sql(
      statements.replaceAll(APP_ROLE, role).replace('choose one', 'kX9vTq2LmZ7pRw4s'),
    );
    const own = new URL(database.url);
    own.username = role;
    own.password = 'kX9vTq2LmZ7pRw4s';
    url = own.href;
    await database.sql(`INSERT INTO users (username, username_key, email, email_key,
      email_verified_at, password_hash, is_superuser)
      VALUES ('root', 'root', 'root@example.com', 'root@example.com', now(), '!', true)`);
    await database.sql(`INSERT INTO username_skeletons SELECT 'root', id FROM users`);
  });
  afterAll(async () => {
    await database.sql(`DROP OWNED BY ${role}`);
    await database.sql(`DROP ROLE ${role}`);
    await database.close();
  });

  const configOf = (variables: Record<string, string> = {}) =>
    loadConfig({ ...SAFE, DATABASE_URL: url, ...variables });
  const idsOf = async (
    config: AppConfig,
    { deploy = true, controllers = [] as { metatype: unknown }[] } = {},
  ) => {
    const findings = await runChecks(
      config,
      new Declarations(),
      { controllers, providers: [] },
      { deploy },
    );
    return findings.map(({ id }) => id.replace('gatehouse.', ''));
  };
  const cli = commandLine();
  const command = (words: string[], variables: Record<string, string> = {}) =>
    cli(['check', ...words], { ...SAFE, DATABASE_URL: url, ...variables });
  /** What is found while the database is in another state, which is then taken back. */
  const idsAfter = async (change: string, undo: string, config = configOf(), deploy = true) => {
    await database.sql(change);
    try {
      return await idsOf(config, { deploy });
    } finally {
      await database.sql(undo);
    }
  };

  it('has nothing to say about a production that is set up as the documentation says', async () => {
    const before = await database.fingerprint();
    expect(await command(['--deploy'])).toEqual({ code: 0, output: 'Nothing found.' });
    expect(await database.fingerprint()).toBe(before);
  });

  it('lets the application work with the role that can alter nothing [ASVS 13.2.2, 16.4.2]', async () => {
    const server = await startInstance(url, { APP_SECRET: SECRET });
    const session = await newSession(server.http);
    await database.settled();
    const left = await session.http.delete('/api/users/me', { currentPassword: PASSWORD });
    expect(left.status).toBe(204);
    expect(await server.stop()).toBe(0);
    expect(server.output()).not.toMatch(/permission denied|row-level security/);
  });

  it('prints a table, or JSON, and tells CI by the exit code', async () => {
    const unsafe = { SWAGGER: 'on', PASSWORD_MIN_LENGTH: '8' };
    const table = await command(['--deploy'], unsafe);
    expect(table.code).toBe(1);
    expect(table.output).toContain(
      'gatehouse.W026  WARNING: PASSWORD_MIN_LENGTH is less than 15, and no second factor is asked for: it\n                is 8.',
    );
    expect(table.output).toContain('→ Set SWAGGER=off.');
    expect(table.output).toMatch(/\n0 errors, 2 warnings\.$/);
    const json = await command(['--deploy', '--json'], unsafe);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.output)).toEqual({
      deploy: true,
      findings: [
        found('gatehouse.W026', 'it is 8.'),
        { id: 'gatehouse.W027', severity: 'warning', ...without(CHECKS['gatehouse.W027']) },
      ],
    });
    const silenced = ['--deploy', '--silence', 'gatehouse.W026,gatehouse.W027'];
    expect((await command(silenced, unsafe)).code).toBe(0);
    expect((await command([], unsafe)).code).toBe(0);
  });

  it('says 2 to words that it does not know', async () => {
    for (const words of [['--nonsense'], ['production'], ['--silence', 'gatehouse.W999']]) {
      const { code, output } = await command(words);
      expect({ words, code }).toEqual({ words, code: 2 });
      expect(output).toContain(words.at(-1)!);
    }
  });

  it('looks at a configuration that does not start, and repeats no secret', async () => {
    const { code, output } = await command(['--json'], {
      APP_SECRET: 'hunter2-hunter2',
      PUBLIC_URL: 'http://accounts.example.com',
    });
    expect(code).toBe(1);
    const { findings } = JSON.parse(output) as { findings: { id: string; what: string }[] };
    expect(findings.map(({ id }) => id)).toEqual(['gatehouse.E001', 'gatehouse.E001']);
    expect(output).toContain('PUBLIC_URL must begin with https://');
    expect(output).not.toContain('hunter2');
  });

  it('finds a database that is not there, without waiting for it', async () => {
    const { code, output } = await command([], {
      DATABASE_URL: 'postgresql://gatehouse:kX9vTq2LmZ7pRw4s@127.0.0.1:1/gatehouse',
    });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^gatehouse\.E002 {2}ERROR: The database cannot be read: Nothing answers at PostgreSQL at/,
    );
    expect(output).not.toContain('kX9vTq2LmZ7pRw4s');
  });

  it('finds pending migrations, and leaves an empty database empty', async () => {
    const empty = await createDatabase('template0');
    const config = configOf({ DATABASE_URL: empty.url });
    expect(await idsOf(config, { deploy: false })).toEqual(['W001']);
    expect(await empty.sql(`SELECT FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    await empty.close();
  });

  it('makes no embedded database to look at', async () => {
    const variables = { ...testVariables(''), APP_SECRET: SECRET };
    const config = loadConfig({ ...variables, DATA_DIR: '/nowhere/at/all' });
    expect(await idsOf(config, { deploy: false })).toEqual(['W001']);
  });

  it.each<[string, Record<string, string>]>([
    ['W010', { NODE_ENV: 'development', SWAGGER: 'off' }],
    ['W011', { PUBLIC_URL: 'http://localhost:3000' }],
    ['W012', { APP_SECRET: 'correct horse battery staple and more' }],
    ['W012', { APP_SECRET: 'abcdefghijabcdefghijabcdefghij12' }],
    ['W012', { APP_SECRET: 'q8VJ0n2sX1bYc7Lw4RkZt9Ed6Hg3Mf5P' }],
    ['W015', { SMTP_URL: `smtps://app:${SECRET}@mail.example.com:465` }],
    ['W016', { TRUST_PROXY: '0' }],
    ['W026', { PASSWORD_MIN_LENGTH: '14' }],
    ['W027', { SWAGGER: 'on' }],
    ['W028', { SMTP_URL: '', EMAIL_VERIFICATION: 'none' }],
    ['W029', { SESSION_ABSOLUTE_TTL: '31d', SESSION_REMEMBERED_ABSOLUTE_TTL: '30d' }],
    ['W029', { SESSION_REMEMBERED_ABSOLUTE_TTL: '31d' }],
    ['W032', { CORS_ORIGINS: 'https://app.example.com,http://localhost:5173' }],
  ])('finds %s in %j', async (id, variables) => {
    const changed = await idsOf(configOf(variables));
    // The signing key was sealed under the other secret.
    const expected = variables.APP_SECRET ? ['E004', 'E005', id] : [id];
    expect(changed).toEqual(expected);
  });

  it('finds limits that are scaled', async () => {
    const config = { ...configOf(), throttleScale: 10 };
    expect(await idsOf(config)).toEqual(['W018']);
    expect(await idsOf({ ...configOf(), throttleScale: 1 })).toEqual([]);
    expect(await idsOf(configOf({ LIMITS: 'mails_per_ip=61' }))).toEqual(['W018']);
    expect(await idsOf(configOf({ LIMITS: 'mails_per_ip=59' }))).toEqual([]);
  });

  it('finds passwords of the database that anybody would try, and ways there that are open', async () => {
    const elsewhere = async (databaseUrl: string) => {
      const ids = await idsOf(configOf({ DATABASE_URL: databaseUrl }));
      return ids.filter((id) => id === 'W013' || id === 'W014');
    };
    const good = 'kX9vTq2LmZ7pRw4s';
    expect(await elsewhere(`postgresql://app:app@127.0.0.1:1/app`)).toEqual(['W013']);
    expect(await elsewhere(`postgresql://gatehouse:gatehouse@127.0.0.1:1/x`)).toEqual(['W013']);
    expect(await elsewhere(`postgresql://app:${good}@127.0.0.1:1/app`)).toEqual([]);
    const there = `postgresql://app:${good}@db.invalid/app`;
    expect(await elsewhere(there)).toEqual(['W014']);
    expect(await elsewhere(`${there}?sslmode=no-verify`)).toEqual(['W014']);
    expect(await elsewhere(`${there}?sslmode=require&uselibpqcompat=true`)).toEqual(['W014']);
    expect(await elsewhere(`${there}?sslmode=verify-full`)).toEqual([]);
  });

  it('finds providers of development, by the environment and in the database', async () => {
    const provider = (issuer: string) => ({
      OIDC_X_ISSUER: issuer,
      OIDC_X_CLIENT_ID: 'x',
      OIDC_X_CLIENT_SECRET: 'x',
    });
    expect(await idsOf(configOf(provider('https://id.example.com')))).toEqual([]);
    expect(await idsOf(configOf(provider('https://127.0.0.1')))).toEqual(['W040']);
    const added = `INSERT INTO identity_providers (name, label, issuer, client_id, sealed_client_secret, scopes)
                   VALUES ('x', 'x', 'http://localhost:3001', 'x', 'x', 'openid')`;
    // Its secret was not sealed by us.
    expect(await idsAfter(added, 'DELETE FROM identity_providers')).toEqual(['E005', 'W040']);
  });

  it('finds a signing key of another APP_SECRET, and one that is old', async () => {
    expect(await idsOf(configOf({ APP_SECRET: OTHER_SECRET }), { deploy: false })).toEqual([
      'E004',
      'E005',
    ]);
    const age = (days: number) =>
      `UPDATE signing_keys SET activated_at = now() - interval '${days} days' WHERE state = 'active'`;
    expect(await idsAfter(age(366), age(0))).toEqual(['W021']);
  });

  it('finds that there is no superuser, and superusers without a verified address', async () => {
    const change = (text: string) => `UPDATE users SET ${text} WHERE username = 'root'`;
    expect(await idsAfter(change('is_active = false'), change('is_active = true'))).toEqual([
      'W019',
    ]);
    expect(
      await idsAfter(change('email_verified_at = NULL'), change('email_verified_at = now()')),
    ).toEqual(['W020']);
  });

  it('finds password hashes that are refused, however many kinds there are [ASVS 15.2.2]', async () => {
    const insert = (hashes: string) =>
      `INSERT INTO users (username, username_key, email, email_key, password_hash)
       SELECT 'of-hash' || n, 'of-hash' || n, '', '', hash FROM unnest(${hashes}) WITH ORDINALITY AS t (hash, n)`;
    const undo = `DELETE FROM users WHERE username LIKE 'of-hash%'`;
    const found = async (hashes: string) => {
      await database.sql(insert(hashes));
      try {
        const none = { controllers: [], providers: [] };
        const all = await runChecks(configOf(), new Declarations(), none, { deploy: false });
        return all.filter(({ id }) => id !== 'gatehouse.W030');
      } finally {
        await database.sql(undo);
      }
    };
    const fine = `array['!x', 'bcrypt$$2b$15$x', 'argon2$argon2id$v=19$m=262144,t=10,p=8$x$x',
                        'scrypt$262144$x$8$8$x', 'pbkdf2_sha1$5000000$x$x']`;
    expect(await found(fine)).toEqual([]);
    const mixed = `array['md5$x$x', 'plain', 'bcrypt$$2b$16$x', 'bcrypt$$2b$16$y', 'bcrypt$$2b$16$z',
                         'argon2$argon2id$m=0,t=1,p=1$x$x']`;
    expect(await found(mixed)).toMatchObject([
      {
        id: 'gatehouse.W005',
        what: 'Accounts have password hashes that are refused: 6 accounts: bcrypt with cost 16 (3), unknown (2), malformed argon2 (1).',
      },
    ]);
    const many = `(SELECT array_agg('pbkdf2_sha256$' || n || '$x$x') FROM generate_series(9000001, 9000200) AS n)`;
    const [{ what } = { what: '' }] = await found(many);
    expect(what).toMatch(/: 200 accounts: .* and 195 other kinds\.$/);
    expect(what.length).toBeLessThan(400);
  });

  it('finds usernames that look like others, or were written past it', async () => {
    const added = `INSERT INTO users (username, username_key, email, email_key, password_hash)
      VALUES ('r00t', 'r00t', '', '', '!')`;
    expect(await idsAfter(added, `DELETE FROM users WHERE username = 'r00t'`)).toEqual(['W030']);
  });

  it('finds visitors who all seem to be the proxy', async () => {
    const from = (...ips: string[]) =>
      `INSERT INTO sessions (user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
         idle_expires_at, absolute_expires_at)
       SELECT id, now(), now(), now(), '{pwd}', ip::inet, '', now(), now()
       FROM users, unnest('{${ips.join()}}'::text[]) AS ip WHERE username = 'root'`;
    const undo = 'DELETE FROM sessions';
    expect(await idsAfter(from('10.0.0.2', '10.0.0.2', '10.0.0.2'), undo)).toEqual(['W017']);
    expect(await idsAfter(from('::1', '::1', '::1'), undo)).toEqual(['W017']);
    expect(await idsAfter(from('10.0.0.2', '10.0.0.2', '10.0.0.3'), undo)).toEqual([]);
    expect(await idsAfter(from('203.0.113.7', '203.0.113.7', '203.0.113.7'), undo)).toEqual([]);
  });

  it('finds a database role that may do more than it needs [ASVS 13.2.2]', async () => {
    expect(await idsOf(configOf({ DATABASE_URL: database.url }))).toContain('W022');
    const grant = (what: string) => [`GRANT ${what} TO ${role}`, `REVOKE ${what} FROM ${role}`];
    const [create, noCreate] = grant('CREATE ON SCHEMA public') as [string, string];
    expect(await idsAfter(create, noCreate)).toEqual(['W024']);
    const [skip, noSkip] = [
      `GRANT SET ON PARAMETER session_replication_role TO ${role}`,
      `REVOKE SET ON PARAMETER session_replication_role FROM ${role}`,
    ];
    expect(await idsAfter(skip, noSkip)).toEqual(['W025']);
    const owner = (table: string, name: string) => `ALTER TABLE ${table} OWNER TO ${name}`;
    const mine = (table: string) =>
      idsAfter(owner(table, role), owner(table, new URL(database.url).username));
    expect(await mine('known_networks')).toEqual(['W023']);
    expect(await mine('audit_events')).toEqual(['W023', 'W025']);
  });

  it('finds a limit of connections that one instance may reach', async () => {
    const limit = (number: number) => `ALTER ROLE ${role} CONNECTION LIMIT ${number}`;
    expect(await idsAfter(limit(17), limit(-1))).toEqual(['W031']);
    expect(await idsAfter(limit(18), limit(-1))).toEqual([]);
    const small = configOf({ DATABASE_POOL_SIZE: '2' });
    expect(await idsAfter(limit(8), limit(-1), small)).toEqual([]);
  });

  it('finds migrations and permissions of other code', async () => {
    expect(
      await idsAfter(
        `INSERT INTO gatehouse_migrations (timestamp, name) VALUES (1, 'Tomorrow')`,
        `DELETE FROM gatehouse_migrations WHERE name = 'Tomorrow'`,
        configOf(),
        false,
      ),
    ).toEqual(['W002']);
    expect(
      await idsAfter(
        `INSERT INTO permissions (codename, description) VALUES ('old.thing', 'x')`,
        `DELETE FROM permissions WHERE codename = 'old.thing'`,
        configOf(),
        false,
      ),
    ).toEqual(['W003']);
    expect(
      await idsAfter(
        `DELETE FROM role_permissions WHERE permission_codename = 'audit.view'`,
        `INSERT INTO role_permissions SELECT id, 'audit.view' FROM roles WHERE name = 'admin'`,
        configOf(),
        false,
      ),
    ).toEqual(['W004']);
  });

  it('finds a chain over the audit trail that is not as it was left', async () => {
    const withoutTriggers = (statement: string) =>
      `ALTER TABLE audit_seals DISABLE TRIGGER ALL; ${statement}; ALTER TABLE audit_seals ENABLE TRIGGER ALL`;
    const states = [
      [
        withoutTriggers(
          'CREATE TABLE kept AS TABLE audit_seals; DELETE FROM audit_seals WHERE position = (SELECT max(position) FROM audit_seals)',
        ),
        withoutTriggers(
          'INSERT INTO audit_seals TABLE kept ON CONFLICT DO NOTHING; DROP TABLE kept',
        ),
      ],
      [
        `UPDATE audit_chain SET state = replace(state, '"next":', '"next":1')`,
        `UPDATE audit_chain SET state = replace(state, '"next":1', '"next":')`,
      ],
      [
        'CREATE TABLE kept AS TABLE audit_chain; DELETE FROM audit_chain',
        'INSERT INTO audit_chain TABLE kept; DROP TABLE kept',
      ],
    ] as const;
    for (const [change, undo] of states) {
      expect(await idsAfter(change, undo, configOf(), false)).toEqual(['W006']);
    }
    expect(await idsOf(configOf(), { deploy: false })).toEqual([]);
  });

  it('finds access decisions that cannot be meant, without starting anything', async () => {
    @Controller('api/odd')
    class OddController {
      @Public()
      @RequirePermissions('audit.view')
      @Get()
      both() {
        return 1;
      }

      @Roles('nobody has made it')
      @Get('role')
      role() {
        return 1;
      }
    }
    const controllers = [{ metatype: OddController }];
    expect(await idsOf(configOf(), { controllers })).toEqual(['E003', 'E003']);
  });

  it('lets no name in the database steer a terminal', () => {
    const table = tableOf([found('gatehouse.W020', 'a\u001B[2Jb\nc\u009Bd.')]);
    expect(table.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });

  it('finds a database that cannot be written', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const set = (value: string) =>
      database.admin(() => `ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
    await set('on');
    expect(await idsOf(configOf())).toContain('E007');
    await set('off');
    expect(await idsOf(configOf())).not.toContain('E007');
  });

  it('finds a database that is not in UTF8, on which nothing starts', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await database.admin(
      () => `CREATE DATABASE ${name}_ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`,
    );
    const ascii = new URL(database.url);
    ascii.pathname = `/${name}_ascii`;
    expect(await idsOf(configOf({ DATABASE_URL: ascii.href }))).toContain('E006');
    const start = run('main', [], testVariables(ascii.href));
    expect(await start.exited).toBe(1);
    expect(start.output()).toContain(
      `The encoding of the database is wrong: it is SQL_ASCII, and Gatehouse needs UTF8. Create the database with ENCODING 'UTF8'.`,
    );
    expect(start.output()).not.toContain('    at ');
    await database.admin(() => `DROP DATABASE ${name}_ascii WITH (FORCE)`);
  });

  it('has a page that lists every check', () => {
    const rows = [
      ...page('deploy-checks.md').matchAll(
        /^\| `(gatehouse\.[EW]\d{3})` +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm,
      ),
    ].map(([, id, what, why, mending]) => ({
      id,
      what,
      why,
      // The page speaks of a product.
      mending: mending!.replaceAll('npx gatehouse', CLI),
    }));
    const catalogue = Object.entries<CheckDefinition>(CHECKS).map(([id, check]) => ({
      id,
      what: check.what,
      why: check.why,
      mending: check.mending,
    }));
    expect(rows).toEqual(catalogue);
  });
});

function without({ what, why, mending }: CheckDefinition) {
  return { what: `${what}.`, why, mending };
}
