import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Environment } from '../../src/platform/config/environment.js';
import type { DataSource } from 'typeorm';
import { newSession, register, signIn } from '../support/accounts.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { moveClock, resetClock } from '../support/clock.js';
import { REDIRECT_URI, signInWith } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { problem } from '../support/http.js';
import { sendAsBrowser } from '../support/page-cookies.js';
import { newTargets, requestsOf } from '../support/route-requests.js';
import { ROUTES, type TableRoute } from '../support/route-table.js';
import { secondConnections } from '../support/second-connections.js';

const { DataSource: Source } = await built<typeof import('typeorm')>('typeorm');

const AT_ONCE = new Environment().DATABASE_POOL_SIZE + 4;

let app: TestApp;
let provider: HostileProvider;
beforeAll(async () => {
  provider = await startHostileProvider();
  app = await startApp({ ...provider.variables('example'), OIDC_REDIRECT_URIS: REDIRECT_URI });
});
afterAll(async () => {
  try {
    // The jobs that the requests left ask the database as well.
    await app.database.settled();
  } finally {
    await Promise.all([app.close(), provider.close()]);
  }
});

/** Does some work while a load balancer asks again and again; expects that it always hears yes. */
async function whileReady<T>(work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const result = work().finally(() => (isOver = true));
  const probes: number[] = [];
  do probes.push((await app.http.get('/health/ready')).status);
  while (!isOver);
  expect(new Set(probes)).toEqual(new Set([200]));
  return result;
}

/** Sends so many requests at once; expects that none of them fails for want of a connection. */
async function atOnce<Answer extends { status: number; text: string }>(
  send: (index: number) => Promise<Answer>,
  count = AT_ONCE,
): Promise<Answer[]> {
  const answers = await whileReady(() =>
    Promise.all(Array.from({ length: count }, (_, index) => send(index))),
  );
  expect(answers.filter(({ status }) => status >= 500).map(({ text }) => text)).toEqual([]);
  return answers;
}

describe('four requests more than the pool has connections, at once [ASVS 15.4.3]', () => {
  const requests = requestsOf(
    () => app,
    () => provider,
    newTargets(() => app),
  );
  let reader: Session;
  beforeAll(async () => {
    // Somebody has to stay when a superuser leaves.
    reader = await superuserSession(app);
    await app.database.settled();
  });

  const prepare = async ({ method, path }: TableRoute, { http }: Session) => {
    const { id, body } = requests[`${method} ${path}`]!;
    return {
      address: id ? path.replace(/:(id|name|action|provider)/, await id(http)) : path,
      payload: await body?.(http),
    };
  };

  it.each(ROUTES)('are all answered: $method $path', async (route) => {
    const { method, isPage } = route;
    const session = method === 'GET' ? reader : await superuserSession(app);
    // Half of them about the same thing, so that they wait for one another; the others get in the way of nobody.
    const shared = await prepare(route, session);
    const others = await Promise.all(
      Array.from({ length: AT_ONCE / 2 }, () => prepare(route, session)),
    );
    await atOnce((index) => {
      const { address, payload } = index % 2 ? shared : others[index / 2]!;
      return isPage
        ? sendAsBrowser(app.http, method, address, payload, session.accessToken)
        : session.http.send(method, address, payload);
    });
  });
});

describe('stolen refresh tokens, twenty at once', () => {
  const COUNT = 20;
  afterEach(resetClock);

  /** Sessions whose first refresh token was used so long ago that it comes back from a thief. */
  const usedTokens = async (count: number) => {
    const account = await register(app.http);
    const tokens: string[] = [];
    for (let i = 0; i < count; i++) {
      const { refreshToken } = await signIn(app.http, account.username);
      expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(200);
      tokens.push(refreshToken);
    }
    moveClock(11_000);
    return { id: account.id, tokens };
  };
  const outcomeFor = async (userId: string) => {
    const [row] = await app.database.sql(
      `SELECT (SELECT count(*)::int FROM sessions
               WHERE user_id = $1 AND end_reason = 'refresh_token_reused') AS ended,
              (SELECT count(*)::int FROM audit_events
               WHERE subject_id = $1::text AND action = 'user.refresh_token_reused') AS told`,
      [userId],
    );
    return row;
  };

  it('each end their session [ASVS 10.4.5]', async () => {
    const { id, tokens } = await usedTokens(COUNT);
    const answers = await atOnce(
      (index) => app.http.post('/api/auth/refresh', { refreshToken: tokens[index] }),
      COUNT,
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await outcomeFor(id)).toEqual({ ended: COUNT, told: COUNT });
  });

  it('end one session once when they are copies of one token', async () => {
    const { id, tokens } = await usedTokens(1);
    const [refreshToken] = tokens;
    const answers = await atOnce(() => app.http.post('/api/auth/refresh', { refreshToken }), COUNT);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await outcomeFor(id)).toEqual({ ended: 1, told: 1 });
  });
});

it('the only way in is refused as often as it is to be disconnected, at once', async () => {
  const claims = {
    sub: 'without a password',
    email: 'sole@example.com',
    auth_time: Date.now() / 1000,
  };
  const { body: tokens } = await signInWith(app.http, 'example', provider, claims);
  const http = app.http.as(tokens.accessToken);
  const { body } = await http.get<{ items: { id: string }[] }>('/api/account/identities');
  const [identity] = body.items;
  const answers = await atOnce(() => http.delete(`/api/account/identities/${identity!.id}`));
  const codes = answers.map((answer) => problem(answer).code);
  expect(new Set(codes)).toEqual(new Set(['last_way_in']));
});

describe('the watch over the pool', () => {
  const dataSource = () => app.nest.get<DataSource>(Source);
  const ask = () => dataSource().query('SELECT 1');

  it('refuses a second connection inside a transaction, and in whatever it calls', async () => {
    await expect(dataSource().transaction(() => ask())).rejects.toThrow('second one');
    await expect(
      dataSource().transaction(async (tx) => {
        await tx.query('SELECT 1');
        await Promise.resolve().then(() => dataSource().transaction(ask));
      }),
    ).rejects.toThrow('second one');
    expect(secondConnections()).toHaveLength(2);
  });

  it('refuses one beside a connection that is held for a lock', async () => {
    const lock = dataSource().createQueryRunner();
    await lock.connect();
    await expect(ask()).rejects.toThrow('second one');
    await lock.release();
    expect(secondConnections()).toHaveLength(1);
    await ask();
  });

  it('lets all others have theirs', async () => {
    await dataSource().transaction((tx) => tx.query('SELECT 1'));
    await dataSource().transaction((tx) => tx.transaction((inner) => inner.query('SELECT 1')));
    await Promise.all([ask(), ask(), dataSource().transaction((tx) => tx.query('SELECT 1'))]);
    expect((await newSession(app.http)).accessToken).not.toBe('');
    expect(secondConnections()).toEqual([]);
  });
});
