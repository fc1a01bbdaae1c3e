import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import type { HashQueue } from '../../src/passwords/hash-queue.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { problem } from '../support/http.js';
import { each, from, newIp, statuses, times, WRONG } from '../support/limits.js';
import { Visitor } from '../support/visitor.js';

const { HashQueue: HashQueueClass } = await built<
  typeof import('../../src/passwords/hash-queue.js')
>('src/passwords/hash-queue.js');

/** How long a hash takes here, without work: so the queue is full however busy the machine is. */
const HASH_TIME = 100;
const WAITING_PER_HASH = 32;

describe('a flood of sign-ins from one /48', () => {
  let app: TestApp;
  let sockets: number;
  beforeAll(async () => {
    app = await startApp({ TRUST_PROXY: '1' });
    const queue = app.nest.get<HashQueue>(HashQueueClass, { strict: false });
    const run = queue.runHash.bind(queue);
    queue.runHash = (task, place) =>
      run(async () => {
        await sleep(HASH_TIME);
        return task();
      }, place);
    const atOnce = Reflect.get(queue, 'atOnce') as number;
    sockets = atOnce * (1 + WAITING_PER_HASH) + 4;
  });
  afterAll(() => app.close());

  const login = (username: string, password: string, ip: string) =>
    app.http.post('/api/auth/login', { username, password }, from(ip));

  /** A network of the flood. */
  const newNetwork = (i: number) => `2001:db8:f:f${i.toString(16)}::1`;

  /** Keeps more sign-ins with unknown names waiting than there is room for, each from another /64. */
  const flooded = async <T>(action: () => Promise<T>): Promise<T> => {
    let isOver = false;
    let refused = 0;
    let network = 0;
    const flood = times(sockets, 0).map(async () => {
      while (!isOver) {
        const ip = `2001:db8:f:${(++network).toString(16)}::1`;
        const { status } = await login(newUsername(), WRONG, ip);
        if (status === 503) refused++;
        else expect(status).toBe(401);
      }
    });
    while (refused === 0) await sleep(10);
    try {
      return await action();
    } finally {
      isOver = true;
      await Promise.all(flood);
    }
  };

  it('keeps out no known browser, no known network and no signed-in caller [A11] [ASVS 15.4.4]', async () => {
    const { username } = await register(app.http);
    const browser = new Visitor(app.http);
    const fields = { username, password: PASSWORD };
    await browser.post('/accounts/login', fields);
    const { accessToken } = await signIn(app.http, username);
    const [ofBrowser, ofNetwork, change] = await flooded(async () => [
      await each(6, () => browser.post('/accounts/login', fields, from(newIp()))),
      // The network of the sign-ins above.
      await each(3, () => app.http.post('/api/auth/login', fields)),
      await app.http
        .as(accessToken)
        .post(
          '/api/account/password/change',
          { currentPassword: PASSWORD, newPassword: 'a brand new passphrase' },
          from('2001:db8:f:1::1'),
        ),
    ]);
    expect(statuses(ofBrowser)).toEqual(times(6, 303));
    expect(statuses(ofNetwork)).toEqual(times(3, 200));
    expect(change.status).toBe(204);
  });

  it('gives strangers from elsewhere their share, whether they have an account or not [A11] [ASVS 15.4.4]', async () => {
    const { username } = await register(app.http);
    const [known, unknown, registration] = await flooded(async () => [
      await each(3, (i) => login(username, PASSWORD, `2001:db8:a${i}::1`)),
      await each(3, (i) => login(newUsername(), WRONG, `2001:db8:b${i}::1`)),
      await app.http.post(
        '/api/auth/register',
        { username: newUsername(), email: 'someone@example.com', password: PASSWORD },
        from('2001:db8:c::1'),
      ),
    ]);
    expect(statuses(known)).toEqual(times(3, 200));
    expect(statuses(unknown)).toEqual(times(3, 401));
    expect(registration.status).toBe(201);
  });

  it('is refused alike for accounts that there are and others [ASVS 6.3.8]', async () => {
    const { username } = await register(app.http);
    const answers = await flooded(() =>
      Promise.all(
        times(12, 0).map((_, i) => login(i % 2 ? username : newUsername(), WRONG, newNetwork(i))),
      ),
    );
    const refusals = answers.filter(({ status }) => status === 503);
    for (const answer of refusals) {
      expect(problem(answer).code).toBe('hash_queue_full');
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    const refused = answers.map(({ status }, i) => (status === 503 ? i % 2 : undefined));
    expect(refused).toContain(0);
    expect(refused).toContain(1);
  });
});
