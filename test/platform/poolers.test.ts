import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Declarations } from '../../src/common/declarations.js';
import { runChecks } from '../../src/checks/run-checks.js';
import { loadConfig } from '../../src/platform/config/load-config.js';
import { newSession, PASSWORD, signIn } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import type { HttpClient } from '../support/http.js';
import { type Pooler, type PoolMode, startPooler } from '../support/pooler.js';
import { eventually, run, startInstance, type TestServer } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

const { LONGEST_DELAY } = await built<typeof import('../../src/platform/database/change-feed.js')>(
  'src/platform/database/change-feed.js',
);

const METRICS_TOKEN = 'mT4xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a';

interface Deployment {
  name: string;
  mode: PoolMode;
  /** Whether DATABASE_DIRECT_URL leads past the pooler. */
  direct: boolean;
  isLive: boolean;
}

const DEPLOYMENTS: Deployment[] = [
  { name: 'a session pooler', mode: 'session', direct: false, isLive: true },
  { name: 'a transaction pooler', mode: 'transaction', direct: false, isLive: false },
  {
    name: 'a transaction pooler, and a direct URL',
    mode: 'transaction',
    direct: true,
    isLive: true,
  },
];

const statusOf = async (http: HttpClient) => (await http.get('/api/auth/session')).status;
const soon = (check: () => Promise<boolean>, what: string) =>
  eventually(check, what, LONGEST_DELAY);

/** What `check` finds about notifications, in short. */
const findingsOf = async (urls: Record<string, string>) => {
  const config = loadConfig({ ...testVariables(''), ...urls });
  const findings = await runChecks(
    config,
    new Declarations(),
    { controllers: [], providers: [] },
    { deploy: false },
  );
  return findings
    .filter(({ id }) => id === 'gatehouse.W007')
    .map(({ what }) => what.replace(/^.*[:,] (and )?/, '').replace(/\.$/, ''));
};

const changeFeedOf = async ({ http }: TestServer) =>
  (await http.get<{ changeFeed: string }>('/health/ready')).body.changeFeed;
const isShownAsLive = async ({ http }: TestServer) => {
  const { text } = await http.as(METRICS_TOKEN).get('/metrics');
  return Number(/^gatehouse_change_feed_live (\d)$/m.exec(text)?.[1]);
};

describe.each(DEPLOYMENTS)('two instances behind $name', ({ mode, direct, isLive }) => {
  let database: TestDatabase;
  let pooler: Pooler;
  let a: TestServer;
  let b: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    pooler = await startPooler(database.url, mode);
    const variables = {
      METRICS_TOKEN,
      ...(direct && { DATABASE_DIRECT_URL: database.url }),
    };
    [a, b] = await Promise.all([
      startInstance(pooler.url, variables),
      startInstance(pooler.url, variables),
    ]);
  });
  afterAll(async () => {
    await Promise.all([a.stop('SIGKILL'), b.stop('SIGKILL')]);
    pooler.close();
    await database.close();
  });

  const onBoth = async () => {
    const session = await newSession(a.http);
    const other = b.http.as(session.accessToken);
    for (let i = 0; i < 3; i++) {
      expect([await statusOf(session.http), await statusOf(other)]).toEqual([200, 200]);
    }
    return { ...session, other };
  };

  it('answers what many ask at once', async () => {
    const { http, other } = await onBoth();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? http : other).get(index % 3 ? '/api/users/me' : '/api/account/sessions'),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { username } = await newSession(b.http);
    const signIns = await Promise.all(Array.from({ length: 12 }, () => signIn(a.http, username)));
    const refreshes = await Promise.all(
      signIns.map(({ refreshToken }) => b.http.post('/api/auth/refresh', { refreshToken })),
    );
    expect(new Set(refreshes.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('ends a session with the next request where it was signed out, and on the other', async () => {
    for (let round = 0; round < 5; round++) {
      const session = await onBoth();
      expect((await session.http.post('/api/auth/logout')).status).toBe(204);
      expect(await statusOf(session.http)).toBe(401);
      await soon(async () => (await statusOf(session.other)) === 401, 'ended on instance B');
    }
  });

  it('ends a session of pages on both', async () => {
    const { username } = await onBoth();
    const visitor = new Visitor(a.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    const cookie = visitor.header;
    const statuses = () =>
      Promise.all(
        [a, b].map(async ({ http }) => (await http.get('/accounts/profile', { cookie })).status),
      );
    expect(await statuses()).toEqual([200, 200]);
    await visitor.post('/accounts/logout');
    await soon(async () => (await statuses()).every((status) => status === 303), 'ended on both');
  });

  it('takes a banned account and a changed power into account on both', async () => {
    const session = await onBoth();
    await database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [session.user.id]);
    for (const http of [session.http, session.other]) {
      const isSuperuser = async () =>
        (await http.get('/api/auth/session')).body.isSuperuser === true;
      await soon(isSuperuser, 'the power arrived');
    }
    await database.sql('UPDATE users SET is_active = false WHERE id = $1', [session.user.id]);
    for (const http of [session.http, session.other]) {
      await soon(async () => (await statusOf(http)) === 401, 'the ban arrived');
    }
  });

  it('does the jobs', async () => {
    await newSession(a.http);
    await database.settled();
  });

  it('says whether it is told of changes in `check`', async () => {
    const urls = { DATABASE_URL: pooler.url, ...(direct && { DATABASE_DIRECT_URL: database.url }) };
    expect(await findingsOf(urls)).toEqual(isLive ? [] : ['DATABASE_DIRECT_URL is not set']);
  });

  it('says whether it is told of changes, where operators look', async () => {
    for (const instance of [a, b]) {
      expect(await changeFeedOf(instance)).toBe(isLive ? 'live' : 'down');
      expect(await isShownAsLive(instance)).toBe(Number(isLive));
      const lines = instance.output().match(/reading the database on every request/g) ?? [];
      expect(lines).toHaveLength(isLive ? 0 : 1);
    }
  });

  if (direct || !isLive) return;

  it('ends a session also when notifications are no longer passed on', async () => {
    const session = await onBoth();
    pooler.isSilent = true;
    expect((await session.http.post('/api/auth/logout')).status).toBe(204);
    expect(await statusOf(session.http)).toBe(401);
    await soon(async () => (await statusOf(session.other)) === 401, 'ended on instance B');
    for (const instance of [a, b]) {
      await eventually(async () => (await changeFeedOf(instance)) === 'down', 'shown as down');
    }
  });

  it('recovers by itself, and logs both changes of state once', async () => {
    pooler.isSilent = false;
    for (const instance of [a, b]) {
      await eventually(async () => (await changeFeedOf(instance)) === 'live', 'live again');
      const logged = (text: string) => instance.output().split(text).length - 1;
      expect(logged('reading the database on every request')).toBe(1);
      expect(logged('Listening for changes again')).toBe(1);
    }
  });
});

describe('`check`', () => {
  it('says when the direct way is none, or leads to another database', async () => {
    const database = await createDatabase();
    const other = await createDatabase();
    const pooler = await startPooler(database.url, 'transaction');
    expect(await findingsOf({ DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: pooler.url })).toEqual(
      ['DATABASE_DIRECT_URL leads to a transaction pooler'],
    );
    expect(await findingsOf({ DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: other.url })).toEqual([
      'a notification that is sent through DATABASE_URL does not arrive on DATABASE_DIRECT_URL',
    ]);
    expect(
      await findingsOf({ DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: database.url }),
    ).toEqual([]);
    pooler.close();
    await Promise.all([database.close(), other.close()]);
  });
});

describe('a schema of its own, named in the URL', () => {
  const within = (url: string) => {
    const address = new URL(url);
    address.searchParams.set('options', '-c search_path=auth');
    return address.href;
  };

  it('is used through a session pooler', async () => {
    const database = await createDatabase();
    await database.sql('ALTER SCHEMA public RENAME TO auth');
    await database.sql('CREATE SCHEMA public');
    const pooler = await startPooler(database.url, 'session');
    const server = await startInstance(within(pooler.url));
    await newSession(server.http);
    expect(await database.sql('SELECT count(*)::int AS users FROM auth.users')).toEqual([
      { users: 1 },
    ]);
    await server.stop('SIGKILL');
    pooler.close();
    await database.close();
  });

  it('stops the start at a transaction pooler, which would forget it', async () => {
    const database = await createDatabase();
    const pooler = await startPooler(database.url, 'transaction');
    const server = run('main', [], { ...testVariables(within(pooler.url)), PORT: '0' });
    expect(await server.exited).toBe(1);
    expect(server.output()).toContain('ALTER ROLE');
    pooler.close();
    await database.close();
  });
});
