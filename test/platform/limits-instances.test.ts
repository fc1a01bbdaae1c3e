import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, register } from '../support/accounts.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { each, from, newIp, sorted, statuses, times, WRONG } from '../support/limits.js';
import { startInstance, type TestServer } from '../support/process.js';

describe('limits of several instances', () => {
  let database: TestDatabase;
  let servers: TestServer[];
  beforeAll(async () => {
    database = await createDatabase();
    // Not set, as where nobody has thought of limits: they are on.
    const variables = { THROTTLE_SCALE: '', TRUST_PROXY: '1' };
    servers = await Promise.all(times(3, variables).map((set) => startInstance(database.url, set)));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await database.close();
  });

  const race = (count: number, nameOf: (i: number) => string, ipOf: (i: number) => string) =>
    Promise.all(
      times(count, 0).map((_, i) =>
        servers[i % 3]!.http.post(
          '/api/auth/login',
          { username: nameOf(i), password: WRONG },
          from(ipOf(i)),
        ),
      ),
    );

  it('are one: of a hundred guesses at once no more get through than the limit says [A21] [ASVS 6.3.1]', async () => {
    const { username, id } = await register(servers[0]!.http);
    const answers = await race(100, () => username, newIp);
    expect(sorted(answers)).toEqual([...times(5, 401), ...times(95, 429)]);
    const [row] = await database.sql(
      'SELECT failures AS n FROM password_failures WHERE user_id = $1',
      [id],
    );
    expect(row!.n).toBe(5);
    const ip = newIp();
    const ofAddress = await race(30, newUsername, () => ip);
    expect(sorted(ofAddress)).toEqual([...times(10, 401), ...times(20, 429)]);
    const told = await database.sql(
      `SELECT reason FROM audit_events WHERE action = 'limit.reached' ORDER BY reason`,
    );
    expect(told.map(({ reason }) => reason)).toEqual([
      'failed_sign_ins_per_account',
      'failed_sign_ins_per_ip',
    ]);
  });

  it('count a session that is refreshed everywhere once [A21]', async () => {
    const { refreshToken } = await newSession(servers[0]!.http);
    const answers = await Promise.all(
      times(100, 0).map((_, i) => servers[i % 3]!.http.post('/api/auth/refresh', { refreshToken })),
    );
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(40);
  });

  it('let nobody be another by what a proxy of ours did not write [A19] [A23]', async () => {
    const http = servers[0]!.http;
    const ip = newIp();
    const spoof = (i: number, last: string) =>
      http.post(
        '/api/auth/login',
        { username: newUsername(), password: WRONG },
        {
          'x-forwarded-for': `203.0.113.${i}, ${last}`,
          forwarded: `for=203.0.113.${i}`,
          'x-real-ip': `203.0.113.${i}`,
          'cf-connecting-ip': `203.0.113.${i}`,
        },
      );
    const answers = await each(11, (i) => spoof(i, ip));
    expect(statuses(answers)).toEqual([...times(10, 401), 429]);
    // What is no address is counted as nobody's, and refused.
    const unreadable = await each(11, (i) => spoof(i, `no address ${i}`));
    expect(statuses(unreadable)).toEqual(times(11, 400));
  });
});

describe('limits of an instance without a proxy', () => {
  let database: TestDatabase;
  let server: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    server = await startInstance(database.url, { THROTTLE_SCALE: '2', TRUST_PROXY: '0' });
  });
  afterAll(async () => {
    await server.stop();
    await database.close();
  });

  it('believe no header, and are multiplied by THROTTLE_SCALE, which is warned of at the start [A19]', async () => {
    expect(server.output()).toContain('THROTTLE_SCALE=2');
    const answers = await each(21, (i) =>
      server.http.post(
        '/api/auth/login',
        { username: newUsername(), password: WRONG },
        {
          'x-forwarded-for': `203.0.113.${i}`,
          forwarded: `for=203.0.113.${i}`,
          'x-real-ip': `203.0.113.${i}`,
        },
      ),
    );
    expect(statuses(answers)).toEqual([...times(20, 401), 429]);
    const told = await database.sql(
      `SELECT DISTINCT host(ip) AS ip FROM audit_events WHERE action = 'limit.reached'`,
    );
    expect(told).toEqual([{ ip: '127.0.0.1' }]);
  });
});
