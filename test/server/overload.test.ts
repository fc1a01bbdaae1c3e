import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { problem } from '../support/http.js';
import { startInstance, type TestServer } from '../support/process.js';

describe('a flood of sign-ins', () => {
  let database: TestDatabase;
  let server: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    server = await startInstance(database.url, { BCRYPT_COST: '10' });
  });
  afterAll(async () => {
    await server.stop();
    await database.close();
  });

  it('is answered as far as the queue reaches, the rest told to come back, and everything else goes on [A11] [ASVS 15.2.2, 15.4.4]', async () => {
    const session = await newSession(server.http);
    // Of another account: more than 100 sign-ins to one end its least recently used sessions.
    const { username } = await newSession(server.http);
    const credentials = { username, password: PASSWORD };
    let isOver = false;
    const flood = Promise.all(
      Array.from({ length: 500 }, () => server.http.post('/api/auth/login', credentials)),
    ).finally(() => (isOver = true));

    const probes: number[] = [];
    while (!isOver) {
      const live = await server.http.get('/health/live');
      const guarded = await session.http.get('/api/auth/session');
      probes.push(live.status, guarded.status);
    }
    const answers = await flood;
    expect(new Set(probes)).toEqual(new Set([200]));
    // While hashes run, the event loop is free to answer many of these, not a handful.
    expect(probes.length).toBeGreaterThan(40);
    const signedIn = answers.filter(({ status }) => status === 200);
    const excess = answers.filter(({ status }) => status === 503);
    expect(signedIn.length + excess.length).toBe(500);
    expect(signedIn.length).toBeGreaterThan(0);
    expect(excess.length).toBeGreaterThan(0);
    for (const answer of excess) {
      expect(problem(answer).code).toBe('hash_queue_full');
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    expect((await server.http.post('/api/auth/login', credentials)).status).toBe(200);
  });
});
