import { describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Limit, LIMITS } from '../../src/platform/throttling/limits.js';
import { newUsername, PASSWORD } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { moveClock } from '../support/clock.js';
import { countHashes } from '../support/hash-counter.js';
import { problem } from '../support/http.js';
import {
  each,
  from,
  HOUR,
  limitedApp,
  MINUTE,
  newIp,
  SECOND,
  seen,
  statuses,
  times,
  WRONG,
} from '../support/limits.js';
import { ROOT, run } from '../support/process.js';

const { default: pg } = await built<typeof import('pg')>('pg');
const { openApiDocumentOf } =
  await built<typeof import('../../src/server/openapi.js')>('src/server/openapi.js');

const NEW_PASSWORD = 'a brand new passphrase';

describe('limits', () => {
  const limited = limitedApp();
  const { login, newAccount, newCaller, browse, events } = limited;

  describe('of registrations', () => {
    it('let 20 in an hour through from one address, before anything is hashed [ASVS 2.4.1]', async () => {
      const ip = newIp();
      const hashes = countHashes(limited.app.nest);
      const open = () => {
        const username = newUsername();
        const body = { username, email: `${username}@example.com`, password: PASSWORD };
        return limited.app.http.post('/api/auth/register', body, from(ip));
      };
      expect(statuses(await each(21, open))).toEqual([...times(20, 201), 429]);
      expect(hashes.count).toBe(20);
      // Whoever goes on costs the database nothing.
      const query = jest.spyOn(pg.Client.prototype, 'query');
      expect((await open()).status).toBe(429);
      const statements = query.mock.calls.map((call) => JSON.stringify(call[0]));
      query.mockRestore();
      expect(statements.filter((text) => text.includes('limit_counters'))).toEqual([]);
      moveClock(HOUR);
      expect((await open()).status).toBe(201);
    });
  });

  describe('of mails', () => {
    const ask = (email: string, ip = newIp()) =>
      limited.app.http.post('/api/account/password/reset', { email }, from(ip));

    const arrived = async (email: string) => {
      await limited.app.database.settled();
      return limited.smtp.mails.filter(({ recipients }) => recipients.includes(email)).length;
    };

    it('send 5 in an hour and 20 in a day to one address, then one in half an hour, and answer all alike, whether there is an account or not [A54] [A06] [ASVS 2.4.1]', async () => {
      const [real, unknown] = [(await newAccount()).email, `${newUsername()}@example.com`];
      // The registration has asked for a mail as well.
      await limited.app.database.sql('DELETE FROM limit_counters');
      let before = await arrived(real);
      const sent = async (requests: number) => {
        for (let i = 0; i < requests; i++) {
          const answer = await ask(real);
          expect(answer.status).toBe(202);
          expect(seen(await ask(unknown.toUpperCase()))).toEqual(seen(answer));
        }
        const count = (await arrived(real)) - before;
        before += count;
        return count;
      };
      moveClock(0);
      for (let hour = 0; hour < 4; hour++) {
        expect(await sent(7)).toBe(5);
        moveClock(HOUR);
      }
      expect(await sent(3)).toBe(1);
      moveClock(29 * MINUTE);
      expect(await sent(3)).toBe(0);
      moveClock(MINUTE);
      expect(await sent(3)).toBe(1);
      moveClock(20 * HOUR);
      expect(await sent(7)).toBe(5);
      expect(await arrived(unknown)).toBe(0);
    });

    it('share one counter for all that can be asked for to an address, which only its mover is told of [A54]', async () => {
      const victim = `${newUsername()}@example.com`;
      const { http, ip } = await newCaller();
      const open = () => {
        const body = { username: newUsername(), email: victim, password: PASSWORD };
        return limited.app.http.post('/api/auth/register', body, from(newIp()));
      };
      await each(2, () => ask(victim));
      const registered = await open();
      expect(registered.status).toBe(201);
      const { username } = registered.body as { username: string };
      const { body: mine } = await limited.app.http.post<{ accessToken: string }>(
        '/api/auth/login',
        { username, password: PASSWORD },
        from(newIp()),
      );
      const resend = () =>
        limited.app.http
          .as(mine.accessToken)
          .post('/api/account/email/verify/resend', undefined, from(newIp()));
      expect((await resend()).status).toBe(202);
      const move = () =>
        http.post(
          '/api/account/email/change',
          { newEmail: victim, currentPassword: PASSWORD },
          from(ip),
        );
      expect((await move()).status).toBe(202);
      const count = await arrived(victim);
      expect(statuses([await move(), await resend(), await ask(victim), await open()])).toEqual([
        429, 202, 202, 201,
      ]);
      expect(await arrived(victim)).toBe(count);
    });

    it('give a device of an account five more in an hour, once the address is proven: claims of strangers have none [A25] [A54]', async () => {
      const { email, ip, id } = await newCaller();
      const inAnHour = async () => {
        const before = await arrived(email);
        await each(8, () => ask(email));
        await each(8, () => ask(email, ip));
        return (await arrived(email)) - before;
      };
      moveClock(0);
      await each(8, () => ask(email));
      expect(await inAnHour()).toBe(0);
      await limited.app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [
        id,
      ]);
      moveClock(HOUR);
      expect(await inAnHour()).toBe(5 + 5);
    });

    it('send no more than that when a thousand are asked for, many at once [A54]', async () => {
      const { email } = await newAccount();
      const waves = await each(5, () => Promise.all(times(200, 0).map(() => ask(email))));
      expect(new Set(statuses(waves.flat()))).toEqual(new Set([202]));
      expect(await arrived(email)).toBe(5);
    });

    it('let 60 in an hour through from one address [A54] [ASVS 2.4.1]', async () => {
      const ip = newIp();
      const answers = await each(61, () => ask(`${newUsername()}@example.com`, ip));
      expect(statuses(answers)).toEqual([...times(60, 202), 429]);
    });
  });

  describe('of refreshes', () => {
    it('let 60 in a minute through for one session, which stays alive [ASVS 2.4.1]', async () => {
      const { refreshToken } = await newCaller();
      let token = refreshToken;
      const refresh = async () => {
        const answer = await limited.app.http.post<{ refreshToken: string }>('/api/auth/refresh', {
          refreshToken: token,
        });
        token = answer.body.refreshToken ?? token;
        return answer;
      };
      expect(statuses(await each(61, refresh))).toEqual([...times(60, 200), 429]);
      const other = await newCaller();
      const body = { refreshToken: other.refreshToken };
      expect((await limited.app.http.post('/api/auth/refresh', body)).status).toBe(200);
      moveClock(MINUTE);
      expect((await refresh()).status).toBe(200);
    });
  });

  describe('of pages', () => {
    it('are those of the API: the form comes back with the reason and what was typed [ASVS 6.3.1]', async () => {
      const { username } = await newAccount();
      await each(3, () => login(username, WRONG));
      const fields = { username, password: WRONG, next: '/admin', remember: 'on' };
      moveClock(0);
      await each(2, () => browse('/accounts/login', fields, newIp()));
      const refused = await browse('/accounts/login', fields, newIp());
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('30');
      expect(refused.text).toMatch(
        /role="alert">Too many wrong passwords for this account. Try again in 30 seconds, or choose a new password./,
      );
      expect(refused.text).toContain(`value="${username}"`);
      expect(refused.text).toContain('name="next" value="/admin"');
      expect(refused.text).toContain('href="/accounts/password/reset?next=%2Fadmin"');
      expect(refused.text).not.toContain(WRONG);
    });

    it('hold for registration and reset forms as well', async () => {
      const ip = newIp();
      const email = `${newUsername()}@example.com`;
      const path = '/api/account/password/reset';
      await each(60, () => limited.app.http.post(path, { email }, from(ip)));
      const reset = await browse('/accounts/password/reset', { email }, ip);
      expect(reset.status).toBe(429);
      expect(reset.text).toContain('Too many mails were asked for from your network.');
      expect(reset.text).toContain(`value="${email}"`);
      const open = (username: string) => {
        const fields = { username, email: `${username}@example.com`, password: PASSWORD };
        return browse('/accounts/register', { ...fields, passwordConfirm: PASSWORD }, ip);
      };
      moveClock(0);
      await each(20, () => open(newUsername()));
      const username = newUsername();
      const registration = await open(username);
      expect(registration.status).toBe(429);
      expect(registration.headers.get('retry-after')).toBe('3600');
      expect(registration.text).toContain('Try again in 60 minutes.');
      expect(registration.text).toContain(`value="${username}"`);
    });

    it('say what can be done where there is no form to show', async () => {
      const { username } = await newAccount();
      await each(5, () => login(username, WRONG));
      const fields = { username, password: WRONG };
      const refused = await browse('/accounts/email/verify/resend', fields, newIp());
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).not.toBeNull();
      expect(refused.text).toContain('Too many attempts');
      expect(refused.text).toMatch(/Try again in \d+ seconds/);
      expect(refused.text).toContain('href="/accounts/password/reset"');
    });
  });

  describe('whose store fails', () => {
    it('close instead of opening: 503 with Retry-After, for everything that is limited [ASVS 16.5.3]', async () => {
      const { username, http, ip, refreshToken, email } = await newCaller();
      const hashes = countHashes(limited.app.nest);
      await limited.app.database.sql('ALTER TABLE limit_counters RENAME TO away');
      try {
        const answers = [
          await login(username, PASSWORD, ip),
          await login(username, WRONG, ip),
          await limited.app.http.post('/api/auth/refresh', { refreshToken }),
          await limited.app.http.post('/api/account/password/reset', { email }),
          await limited.app.http.post('/api/auth/register', {
            username: newUsername(),
            email: 'someone@example.com',
            password: PASSWORD,
          }),
          await http.post('/api/account/password/change', {
            currentPassword: PASSWORD,
            newPassword: NEW_PASSWORD,
          }),
        ];
        for (const answer of answers) {
          expect(problem(answer)).toMatchObject({ status: 503, code: 'service_unavailable' });
          expect(answer.headers.get('retry-after')).toBe('1');
        }
        const fields = { username, password: PASSWORD };
        expect((await browse('/accounts/login', fields, ip)).status).toBe(503);
        expect(hashes.count).toBe(0);
      } finally {
        await limited.app.database.sql('ALTER TABLE away RENAME TO limit_counters');
      }
      expect((await login(username, PASSWORD, ip)).status).toBe(200);
    });
  });

  describe('are told', () => {
    it('once until they begin anew, not for each who is refused [ASVS 16.3.3]', async () => {
      const { username, id } = await newAccount();
      await each(8, () => login(username, WRONG, newIp()));
      expect(await events('limit.reached', id)).toMatchObject([
        { reason: 'failed_sign_ins_per_account' },
      ]);
      expect(await events('user.sign_in_failed', id)).toHaveLength(5);
      moveClock(30 * SECOND);
      await each(3, () => login(username, WRONG));
      expect(await events('limit.reached', id)).toHaveLength(2);
      const ip = newIp();
      await each(14, () => login(newUsername(), WRONG, ip));
      const ofAddress = await events('limit.reached', 'failed_sign_ins_per_ip');
      expect(ofAddress.filter((event) => event.ip === ip)).toEqual([
        { reason: 'failed_sign_ins_per_ip', ip },
      ]);
    });

    it('by no name or address in their table, and are forgotten by the housekeeping [ASVS 14.2.4]', async () => {
      const { username, email } = await newAccount();
      const ip = newIp();
      await login(username, WRONG, ip);
      const stored = JSON.stringify(await limited.app.database.sql('SELECT * FROM limit_counters'));
      for (const secret of [username, email, ip]) expect(stored).not.toContain(secret);
      await limited.app.database.sql(
        `UPDATE limit_counters SET expire = 1 WHERE key LIKE 'sign_ins%'`,
      );
      const [before] = await limited.app.database.sql(
        'SELECT count(*)::int AS n FROM limit_counters',
      );
      const sweep = run('cli', ['clearsessions'], testVariables(limited.app.database.url));
      expect(await sweep.exited).toBe(0);
      const left = await limited.app.database.sql<{ key: string }>(
        'SELECT key FROM limit_counters',
      );
      expect(left.length).toBeLessThan(before!.n as number);
      expect(left.filter(({ key }) => key.startsWith('sign_ins_per_ip'))).toEqual([]);
      expect(left.filter(({ key }) => key.startsWith('failed_sign_ins'))).not.toEqual([]);
    });

    it('in docs/limits.md as they are, and in the documentation of every operation that has one [ASVS 6.1.1]', () => {
      const documented = readFileSync(join(ROOT, 'docs/limits.md'), 'utf8')
        .replaceAll(/ {2,}/g, ' ')
        .matchAll(/^\| `(\w+)` \| (.*) \|$/gm);
      const listed = Object.entries<Limit>(LIMITS).map(([name, limit]) => {
        const { counted, per, times: count, timesPerSite, within, pauses } = limit;
        const then = pauses ? `, then pauses from ${pauses.first} to ${pauses.longest}` : '';
        const site = timesPerSite ? `, ${timesPerSite} from a /48` : '';
        return [name, `${counted} | ${per} | ${count} in ${within}${then}${site}`];
      });
      expect([...documented].map(([, name, row]) => [name, row])).toEqual(listed);
      const { paths } = openApiDocumentOf(limited.app.nest);
      const operations = Object.entries(paths).flatMap(([path, item]) =>
        Object.entries(item as Record<string, { responses: object }>)
          .filter(([, { responses }]) => '429' in responses)
          .map(([method]) => `${method} ${path}`),
      );
      expect(operations.toSorted()).toEqual([
        'delete /api/users/me',
        'patch /api/users/me',
        'post /api/account/email/change',
        'post /api/account/email/verify',
        'post /api/account/email/verify/resend',
        'post /api/account/identities/{provider}/start',
        'post /api/account/password/change',
        'post /api/account/password/reset',
        'post /api/auth/federation/{provider}/complete',
        'post /api/auth/federation/{provider}/start',
        'post /api/auth/login',
        'post /api/auth/reauthenticate',
        'post /api/auth/refresh',
        'post /api/auth/register',
        'post /api/auth/verification',
      ]);
    });
  });
});
