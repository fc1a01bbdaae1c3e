import { randomUUID } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import type { HashQueue } from '../../src/passwords/hash-queue.js';
import { issueToken, newUsername, PASSWORD } from '../support/accounts.js';
import { built } from '../support/built.js';
import { moveClock } from '../support/clock.js';
import { countHashes } from '../support/hash-counter.js';
import { type Answer, problem } from '../support/http.js';
import {
  each,
  from,
  HOUR,
  limitedApp,
  MINUTE,
  newIp,
  SECOND,
  seen,
  sorted,
  statuses,
  times,
  WRONG,
} from '../support/limits.js';
import { tokenIn } from '../support/smtp.js';

const { default: pg } = await built<typeof import('pg')>('pg');
const { AppError } =
  await built<typeof import('../../src/http/app-error.js')>('src/http/app-error.js');
const { FederationService } = await built<
  typeof import('../../src/federation/federation.service.js')
>('src/federation/federation.service.js');
const { PasswordsService } = await built<typeof import('../../src/passwords/passwords.service.js')>(
  'src/passwords/passwords.service.js',
);

const NEW_PASSWORD = 'a brand new passphrase';

/**
 * What a sign-in looks at and writes, whatever else the instance does at the time. The first of each minute also
 * reads the list of hash kinds.
 */
const OF_SIGN_IN =
  /^(?!.*password_hash_kind).*\b(users|limit_counters|known_networks|password_failures|audit_events)\b/;

describe('limits', () => {
  const limited = limitedApp();
  const { login, newAccount, newCaller, browse, events, failuresOf } = limited;

  /** Another network of one /48. */
  const in48 = (i: number) => `2001:db8:7:${i.toString(16)}::1`;
  const hashQueue = () => {
    const passwords = limited.app.nest.get<object>(PasswordsService, { strict: false });
    return Reflect.get(passwords, 'queue') as HashQueue;
  };

  describe('of sign-ins', () => {
    it('let 30 in a minute through from one address, and others from theirs [A17] [ASVS 2.4.1]', async () => {
      const { username } = await newAccount();
      const ip = newIp();
      const answers = await each(31, () => login(username, PASSWORD, ip));
      expect(statuses(answers)).toEqual([...times(30, 200), 429]);
      expect(problem(answers[30]!)).toMatchObject({ code: 'too_many_requests' });
      const seconds = Number(answers[30]!.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
      expect((await login(username, PASSWORD)).status).toBe(200);
      moveClock(MINUTE);
      expect((await login(username, PASSWORD, ip)).status).toBe(200);
    });

    it('count IPv6 by /64 however it is written, and IPv4 inside IPv6 as IPv4 [A17] [A19]', async () => {
      const { username } = await newAccount();
      const within = ['2001:db8:1:2::1', '2001:0DB8:0001:0002:aaaa::9', '2001:db8:1:2:ffff::'];
      const v4 = ['203.0.113.77', '::ffff:203.0.113.77', '0:0:0:0:0:ffff:cb00:714d'];
      for (const [ips, neighbour] of [
        [within, '2001:db8:1:3::1'],
        [v4, '203.0.113.78'],
      ] as const) {
        const answers = await each(31, (i) => login(username, PASSWORD, ips[i % 3]));
        expect(statuses(answers)).toEqual([...times(30, 200), 429]);
        expect((await login(username, PASSWORD, neighbour)).status).toBe(200);
      }
    });

    it('let 10 wrong passwords in 15 minutes through from one address, whatever accounts they are for [A17] [ASVS 6.3.1]', async () => {
      const { username } = await newAccount();
      const ip = newIp();
      const hashes = countHashes(limited.app.nest);
      const answers = await each(12, () => login(newUsername(), WRONG, ip));
      expect(statuses(answers)).toEqual([...times(10, 401), 429, 429]);
      const refused = await login(username, PASSWORD, ip);
      expect(refused.status).toBe(429);
      expect(problem(refused).detail).toBe(
        'Too many failed sign-ins from your network. Try again in 15 minutes.',
      );
      // Nothing was hashed for who was refused.
      expect(hashes.count).toBe(10);
      moveClock(15 * MINUTE);
      expect((await login(username, PASSWORD, ip)).status).toBe(200);
    });

    it('let 30 wrong passwords through from one /48 of IPv6, however many networks it has [A17] [ASVS 6.3.1]', async () => {
      const { username } = await newAccount();
      const home = '2001:db8:5:ffff::1';
      expect((await login(username, PASSWORD, home)).status).toBe(200);
      const guess = (ip: string) => login(newUsername(), WRONG, ip);
      const answers = await each(40, (i) => guess(`2001:db8:5:${i.toString(16)}::1`));
      expect(statuses(answers)).toEqual([...times(30, 401), ...times(10, 429)]);
      expect(problem(answers[30]!).detail).toContain('Too many failed sign-ins from your network.');
      expect((await guess('2001:db8:6::1')).status).toBe(401);
      // Neighbours must not keep an owner out of a network that they signed in from.
      expect((await login(username, PASSWORD, home)).status).toBe(200);
      // IPv4 neighbours are strangers to each other.
      const v4 = await each(40, (i) => guess(`198.51.100.${i}`));
      expect(statuses(v4)).toEqual(times(40, 401));
      moveClock(15 * MINUTE);
      expect((await guess('2001:db8:5::1')).status).toBe(401);
    });

    it('let 90 in a minute through from one /48 [ASVS 2.4.1]', async () => {
      const { username } = await newAccount();
      const answers = await each(91, (i) => login(username, PASSWORD, in48(i)));
      expect(statuses(answers)).toEqual([...times(90, 200), 429]);
    });

    it('are limited by /48 as registrations, mails and sign-ins begun with a provider are [ASVS 2.4.1]', async () => {
      const from48 = async (count: number, send: (ip: string) => Promise<{ status: number }>) => {
        const answers = await Promise.all(times(count, 0).map((_, i) => send(in48(i))));
        return answers.filter(({ status }) => status === 429).length;
      };
      const fields = () => {
        const username = newUsername();
        return { username, email: `${username}@example.com`, password: PASSWORD };
      };
      const post = (path: string, body: object) => (ip: string) =>
        limited.app.http.post(path, body, from(ip));
      expect(await from48(61, (ip) => post('/api/auth/register', fields())(ip))).toBe(1);
      // Each registration has asked for a mail.
      const { email } = fields();
      expect(await from48(121, post('/api/account/password/reset', { email }))).toBe(1);
      // Without a provider: it is counted before one is looked for.
      const federation = limited.app.nest.get(FederationService, { strict: false });
      const start = async (ip: string) => {
        const actor = {
          origin: 'api' as const,
          client: { ip, userAgent: '', requestId: randomUUID() },
        };
        const attempt = { purpose: 'sign_in' as const, redirectUri: 'http://localhost:3000/' };
        const begun = federation.begin(actor, 'none', attempt);
        return begun.then(
          () => ({ status: 200 }),
          (error: unknown) => error as { status: number },
        );
      };
      expect(await from48(181, start)).toBe(1);
    });

    it('are not cleared for an address by an account of one’s own [A17] [ASVS 6.3.1]', async () => {
      const { username } = await newAccount();
      const ip = newIp();
      const rounds = await each(4, async () => [
        ...(await each(3, () => login(newUsername(), WRONG, ip))),
        await login(username, PASSWORD, ip),
      ]);
      expect(statuses(rounds.flat())).toEqual([
        ...[401, 401, 401, 200],
        ...[401, 401, 401, 200],
        ...[401, 401, 401, 200],
        ...[401, 429, 429, 429],
      ]);
    });

    it('count no right password as a failure, also of many at once', async () => {
      const { username, id } = await newAccount();
      const ip = newIp();
      expect(statuses(await each(12, () => login(username, PASSWORD, ip)))).toEqual(times(12, 200));
      const at = await newAccount();
      const many = await Promise.all(times(5, 0).map(() => login(at.username, PASSWORD)));
      expect(statuses(many)).toEqual(times(5, 200));
      expect(statuses(await each(5, () => login(at.username, WRONG)))).toEqual(times(5, 401));
      expect(await failuresOf(id)).toBe(0);
    });

    it('let 5 wrong passwords through to an account, from however many addresses [A16] [ASVS 6.3.1]', async () => {
      const { username } = await newAccount();
      const answers = await Promise.all(times(200, 0).map(() => login(username, WRONG)));
      expect(sorted(answers)).toEqual([...times(5, 401), ...times(195, 429)]);
      expect((await login(username, PASSWORD)).status).toBe(429);
    });

    it('then make one wait, 30 seconds and twice as long each time, up to an hour [A16] [A24] [ASVS 6.3.1]', async () => {
      const { username } = await newAccount();
      await each(5, () => login(username, WRONG));
      moveClock(0);
      const waits = await each(9, async () => {
        const refused = await login(username, WRONG);
        const seconds = Number(refused.headers.get('retry-after'));
        moveClock((seconds - 1) * SECOND);
        expect((await login(username, WRONG)).status).toBe(429);
        moveClock(SECOND);
        expect((await login(username, WRONG)).status).toBe(401);
        return seconds;
      });
      expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
      const { detail } = problem(await login(username, PASSWORD));
      expect(detail).toBe(
        'Too many wrong passwords for this account. Try again in 60 minutes, or choose a new password.',
      );
      // All is forgotten a quarter of an hour after the last pause.
      moveClock(HOUR + 15 * MINUTE);
      expect(statuses(await each(6, () => login(username, WRONG)))).toEqual([
        ...times(5, 401),
        429,
      ]);
    });

    it('treat an account that there is not exactly like one that there is [A06] [ASVS 6.3.8]', async () => {
      const real = await newAccount();
      const inactive = await newAccount();
      await limited.app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [
        inactive.id,
      ]);
      const unknown = newUsername();
      const names = [
        real.username,
        (await newAccount()).email,
        inactive.username,
        unknown,
        `${unknown}@example.com`,
      ];
      moveClock(0);
      for (const pause of [0, 0, 0, 0, 0, 0, 29, 1, 0, 60, 0, 119, 1, 900, 0]) {
        moveClock(pause * SECOND);
        const answers = [];
        for (const name of names) answers.push(seen(await login(name, WRONG)));
        expect(answers).toEqual(times(5, answers[0]));
      }
    });

    it('do it with the same number of statements [A01] [A06]', async () => {
      const { username, email } = await newAccount();
      const query = jest.spyOn(pg.Client.prototype, 'query');
      const counts = [];
      for (const name of [username, email, newUsername(), `${newUsername()}@example.com`]) {
        await limited.app.database.settled();
        query.mockClear();
        await login(name, WRONG);
        counts.push(
          query.mock.calls.filter((call) => OF_SIGN_IN.test(JSON.stringify(call[0]))).length,
        );
      }
      query.mockRestore();
      expect(counts[0]).toBeGreaterThanOrEqual(5);
      expect(new Set(counts).size).toBe(1);
    });

    it('give an account one budget for its username and its address, and do not show that they belong together [A06] [ASVS 6.3.8]', async () => {
      const { username, email, id } = await newAccount();
      const stranger = await newAccount();
      await each(3, () => login(username, WRONG));
      await each(2, () => login(email.toUpperCase(), WRONG));
      const hashes = countHashes(limited.app.nest);
      const answer = await login(email, PASSWORD);
      expect(hashes.count).toBe(1);
      expect(seen(answer)).toEqual(seen(await login(stranger.email, WRONG)));
      expect((await events('user.sign_in_failed', id)).at(-1)!.reason).toBe('limit_reached');
      expect(await failuresOf(id)).toBe(5);
      moveClock(30 * SECOND);
      expect((await login(email, PASSWORD)).status).toBe(200);
    });

    it('count a wrong password whose typist is signed in as one for that account [ASVS 6.3.1]', async () => {
      const { id, http, ip, username } = await newCaller();
      const ask = (currentPassword: string, i = 0) => {
        const [method, path, body] = [
          ['DELETE', '/api/users/me', {}],
          ['POST', '/api/account/password/change', { newPassword: NEW_PASSWORD }],
          ['POST', '/api/account/email/change', { newEmail: `new-${username}@example.com` }],
        ][i % 3] as [string, string, object];
        return http.send(method, path, { ...body, currentPassword }, from(ip));
      };
      moveClock(0);
      const answers = await each(6, (i) => ask(WRONG, i));
      expect(statuses(answers)).toEqual([...times(5, 422), 429]);
      expect(answers[5]!.headers.get('retry-after')).toBe('30');
      expect((await ask(PASSWORD, 1)).status).toBe(429);
      expect(await failuresOf(id)).toBe(5);
      moveClock(30 * SECOND);
      expect((await ask(PASSWORD, 1)).status).toBe(204);
      expect(await failuresOf(id)).toBe(0);
    });

    it('count where a mail is asked for with a password like everywhere else', async () => {
      const { username } = await newAccount();
      const ask = () =>
        limited.app.http.post(
          '/api/auth/verification',
          { username, password: WRONG },
          from(newIp()),
        );
      await each(3, ask);
      await each(2, () => login(username, WRONG));
      expect((await ask()).status).toBe(429);
    });

    it('take nothing back from a window that began while a password was looked at', async () => {
      const { username } = await newAccount();
      const ip = newIp();
      const queue = hashQueue();
      const run = queue.runHash.bind(queue);
      const slow = jest.spyOn(queue, 'runHash').mockImplementationOnce(async (task, place) => {
        moveClock(15 * MINUTE);
        await login(newUsername(), WRONG, ip);
        await login(username, WRONG);
        return run(task, place);
      });
      expect((await login(username, PASSWORD, ip)).status).toBe(200);
      slow.mockRestore();
      const ofAddress = await each(10, () => login(newUsername(), WRONG, ip));
      expect(statuses(ofAddress)).toEqual([...times(9, 401), 429]);
      const ofAccount = await each(5, () => login(username, WRONG));
      expect(statuses(ofAccount)).toEqual([...times(4, 401), 429]);
    });

    it('give back what was counted for a sign-in that nobody had time for', async () => {
      const { username, id } = await newAccount();
      const ip = newIp();
      const full = jest.spyOn(hashQueue(), 'runHash').mockImplementation(() => {
        throw new AppError('hash_queue_full', { retryAfter: 5 });
      });
      expect(statuses(await each(12, () => login(username, WRONG, ip)))).toEqual(times(12, 503));
      full.mockRestore();
      expect(await failuresOf(id)).toBe(0);
      expect((await login(username, PASSWORD, ip)).status).toBe(200);
    });
  });

  describe('of wrong passwords in a row', () => {
    const fail = (id: string, count: number) =>
      limited.app.database.sql(
        `INSERT INTO password_failures (user_id, device, failures, last_failed_at)
         VALUES ($1, 'strangers', $2, now())`,
        [id, count],
      );

    it('make the password none after 100, however slowly they came, until it is reset [A24] [ASVS 6.3.1]', async () => {
      const { username, email, id } = await newAccount();
      const answers = await each(100, () => {
        moveClock(HOUR);
        return login(username, WRONG);
      });
      expect(statuses(answers)).toEqual(times(100, 401));
      moveClock(HOUR);
      const hashes = countHashes(limited.app.nest);
      const right = await login(username, PASSWORD);
      expect(hashes.count).toBe(1);
      expect(seen(right)).toEqual(seen(answers[0]!));
      expect(await events('user.password_disabled', id)).toHaveLength(1);
      expect((await events('user.sign_in_failed', id)).at(-1)!.reason).toBe('password_disabled');
      expect(
        (await limited.smtp.next(email, 'Your password works in fewer places now')).text,
      ).toContain('100 times');

      await limited.app.http.post('/api/account/password/reset', { email }, from(newIp()));
      const token = tokenIn(await limited.smtp.next(email, 'Choose a new password'));
      const body = { token, newPassword: NEW_PASSWORD };
      const reset = await limited.app.http.post(
        '/api/account/password/reset/confirm',
        body,
        from(newIp()),
      );
      expect(reset.status).toBe(204);
      moveClock(2 * HOUR);
      expect((await login(username, NEW_PASSWORD)).status).toBe(200);
    });

    it('begin anew with a right one', async () => {
      const { username, id } = await newAccount();
      await fail(id, 99);
      expect((await login(username, PASSWORD)).status).toBe(200);
      await each(3, () => login(username, WRONG));
      expect(await failuresOf(id)).toBe(3);
    });

    it('let no more than the hundredth through of many at once [A21] [A24]', async () => {
      const { username, id } = await newAccount();
      await fail(id, 99);
      await Promise.all([login(username, WRONG), login(username, WRONG), login(username, WRONG)]);
      expect(await events('user.password_disabled', id)).toHaveLength(1);
      expect((await login(username, PASSWORD)).status).toBe(401);
    });

    it('refuse the right one too when the hundredth came while it was looked at [A21] [A24]', async () => {
      const { username, id } = await newAccount();
      await fail(id, 99);
      const queue = hashQueue();
      const run = queue.runHash.bind(queue);
      const slow = jest.spyOn(queue, 'runHash').mockImplementationOnce(async (task, place) => {
        await login(username, WRONG);
        return run(task, place);
      });
      expect((await login(username, PASSWORD)).status).toBe(401);
      slow.mockRestore();
      expect((await events('user.sign_in_failed', id)).map(({ reason }) => reason)).toEqual([
        'wrong_password',
        'password_disabled',
      ]);
    });

    it('of strangers end with a right one of a stranger, and not with one of a known device [A24] [A25] [ASVS 6.1.1]', async () => {
      const { username, id } = await newAccount();
      const home = newIp();
      await login(username, PASSWORD, home);
      await fail(id, 99);
      expect((await login(username, PASSWORD, home)).status).toBe(200);
      expect(await failuresOf(id)).toBe(99);
      await login(username, WRONG);
      expect((await login(username, PASSWORD)).status).toBe(401);
      expect((await login(username, PASSWORD, home)).status).toBe(200);
      expect((await login(username, PASSWORD)).status).toBe(401);
    });

    it('are bounded for each known device and each session alone, and all end with a new password [A24] [ASVS 6.3.1]', async () => {
      const { username, id, email, http, ip: office, accessToken } = await newCaller();
      const home = newIp();
      await login(username, PASSWORD, home);
      const change = (currentPassword: string) =>
        limited.app.http
          .as(accessToken)
          .post(
            '/api/account/password/change',
            { currentPassword, newPassword: NEW_PASSWORD },
            from(newIp()),
          );
      const rows = () =>
        limited.app.database.sql(
          'UPDATE password_failures SET failures = 99 WHERE user_id = $1 RETURNING failures',
          [id],
        );
      await login(username, WRONG, home);
      await change(WRONG);
      await login(username, WRONG);
      expect(await rows()).toHaveLength(3);
      await login(username, WRONG, home);
      await change(WRONG);
      await login(username, WRONG);
      const hashes = countHashes(limited.app.nest);
      expect((await login(username, PASSWORD, home)).status).toBe(401);
      expect((await login(username, PASSWORD)).status).toBe(401);
      expect((await change(PASSWORD)).status).toBe(422);
      expect(hashes.count).toBe(3);
      const told = await events('user.password_disabled', id);
      expect(told.map(({ reason }) => reason)).toEqual([
        'known_device',
        'known_device',
        'new_devices',
      ]);
      const mail = await limited.smtp.next(email, 'Your password works in fewer places now');
      expect(mail.text).toMatch(/no\s+longer works there/);
      // Another known device, and the session itself, go on.
      expect((await login(username, PASSWORD, office)).status).toBe(200);
      expect((await http.get('/api/users/me')).status).toBe(200);
      const token = await issueToken(limited.app.database, 'reset_password', { id, email });
      const body = { token, newPassword: NEW_PASSWORD };
      await limited.app.http.post('/api/account/password/reset/confirm', body, from(newIp()));
      expect(await failuresOf(id)).toBe(0);
      expect((await login(username, NEW_PASSWORD, home)).status).toBe(200);
    });

    it('are ended by the link of an administrator too [A24]', async () => {
      const { username, email, id } = await newAccount();
      await fail(id, 100);
      expect((await login(username, PASSWORD)).status).toBe(401);
      // The link is the same one; that an administrator may send it has a test of its own.
      const token = await issueToken(limited.app.database, 'reset_password', { id, email });
      const body = { token, newPassword: NEW_PASSWORD };
      await limited.app.http.post('/api/account/password/reset/confirm', body, from(newIp()));
      expect((await login(username, NEW_PASSWORD)).status).toBe(200);
    });
  });

  describe('do not lock an owner out', () => {
    const hammer = (username: string) =>
      Promise.all(times(20, 0).map(() => login(username, WRONG)));

    it('who comes from a network they signed in from before [A25] [ASVS 6.1.1]', async () => {
      const { username } = await newAccount();
      const home = newIp();
      expect((await login(username, PASSWORD, home)).status).toBe(200);
      await hammer(username);
      expect((await login(username, PASSWORD)).status).toBe(429);
      expect((await login(username, PASSWORD, home)).status).toBe(200);
      await login(username, PASSWORD, '2001:db8:77:1::1');
      moveClock(31 * 24 * HOUR);
      await hammer(username);
      expect((await login(username, PASSWORD, home)).status).toBe(429);
    });

    it('who comes with a browser they signed in with before, from anywhere, and it alone [A25] [ASVS 6.1.1]', async () => {
      const [owner, other] = [await newAccount(), await newAccount()];
      const enter = ({ username }: { username: string }, cookies = '', ip = newIp()) =>
        browse('/accounts/login', { username, password: PASSWORD }, ip, cookies);
      const browserCookie = (answer: Answer) =>
        answer.headers
          .getSetCookie()
          .find((cookie) => cookie.startsWith('gatehouse-browser='))!
          .split(';')[0]!;
      const first = await enter(owner);
      expect(first.status).toBe(303);
      expect(
        first.headers.getSetCookie().find((one) => one.startsWith('gatehouse-browser=')),
      ).toMatch(/; Max-Age=15552000; Path=\/; HttpOnly; SameSite=Lax$/);
      const cookie = browserCookie(first);
      const shared = browserCookie(await enter(other, cookie));
      await hammer(owner.username);
      expect((await enter(owner)).status).toBe(429);
      expect((await enter(owner, `${cookie}x`)).status).toBe(429);
      expect((await enter(owner, browserCookie(await enter(other)))).status).toBe(429);
      expect((await enter(owner, cookie)).status).toBe(303);
      expect((await enter(owner, shared)).status).toBe(303);
      // The API asks for no cookies.
      const answer = await limited.app.http.post(
        '/api/auth/login',
        { username: owner.username, password: PASSWORD },
        { ...from(newIp()), cookie },
      );
      expect(answer.status).toBe(429);
    });

    it('who comes with a known browser or a session from a network that others have used up [A25] [ASVS 6.1.1]', async () => {
      const { username, accessToken } = await newCaller();
      const enter = (password: string, cookies = '', ip = newIp()) =>
        browse('/accounts/login', { username, password }, ip, cookies);
      const cookie = (await enter(PASSWORD)).headers
        .getSetCookie()
        .find((one) => one.startsWith('gatehouse-browser='))!
        .split(';')[0]!;
      const shared = newIp();
      await each(10, () => login(newUsername(), WRONG, shared));
      expect((await enter(PASSWORD, '', shared)).status).toBe(429);
      expect((await enter(PASSWORD, cookie, shared)).status).toBe(303);
      // As often as this, and no guesser gains by it.
      const more = [
        ...(await each(3, () => enter(WRONG, cookie, shared))),
        ...(await each(2, () => enter(PASSWORD, cookie, shared))),
      ];
      expect(statuses(more)).toEqual([422, 422, 422, 303, 429]);
      const other = await newAccount();
      const foreign = { username: other.username, password: PASSWORD };
      expect((await browse('/accounts/login', foreign, shared, cookie)).status).toBe(429);
      const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      const path = '/api/account/password/change';
      const change = await limited.app.http.as(accessToken).post(path, body, from(shared));
      expect(change.status).toBe(204);
    });

    it('and give a known device a budget of its own, of the same size [A25]', async () => {
      const { username } = await newAccount();
      const home = newIp();
      await login(username, PASSWORD, home);
      const wrong = await each(6, () => login(username, WRONG, home));
      expect(statuses(wrong)).toEqual([...times(5, 401), 429]);
      expect((await login(username, PASSWORD, home)).status).toBe(429);
      // And strangers have theirs.
      expect(statuses(await each(6, () => login(username, WRONG)))).toEqual([
        ...times(5, 401),
        429,
      ]);
    });

    it('and know no browser and no network again from before a recovery: they may be a thief’s [A51]', async () => {
      const { username, email, id } = await newAccount();
      const thief = newIp();
      const enter = (password: string, cookies: string, ip = newIp()) =>
        browse('/accounts/login', { username, password }, ip, cookies);
      const cookieOf = (answer: Answer) =>
        answer.headers
          .getSetCookie()
          .find((one) => one.startsWith('gatehouse-browser='))!
          .split(';')[0]!;
      const cookie = cookieOf(await enter(PASSWORD, '', thief));
      const token = await issueToken(limited.app.database, 'reset_password', { id, email });
      const body = { token, newPassword: NEW_PASSWORD };
      await limited.app.http.post('/api/account/password/reset/confirm', body, from(newIp()));
      const owners = cookieOf(await enter(NEW_PASSWORD, ''));
      await hammer(username);
      expect((await enter(NEW_PASSWORD, cookie)).status).toBe(429);
      expect((await enter(NEW_PASSWORD, '', thief)).status).toBe(429);
      expect((await enter(NEW_PASSWORD, owners)).status).toBe(303);
    });

    it('who resets the password: from there they get in at once [A25] [ASVS 6.1.1]', async () => {
      const { username, email, id } = await newAccount();
      await hammer(username);
      const token = await issueToken(limited.app.database, 'reset_password', { id, email });
      const ip = newIp();
      const body = { token, newPassword: NEW_PASSWORD };
      await limited.app.http.post('/api/account/password/reset/confirm', body, from(ip));
      expect((await login(username, NEW_PASSWORD, ip)).status).toBe(200);
      expect((await login(username, NEW_PASSWORD)).status).toBe(429);
    });
  });
});
