import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
} from '../support/accounts.js';
import { type Session, sessionWith, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { problem } from '../support/http.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';

const RESET = 'Choose a new password';
const CHANGED = 'Your password was changed';
const INVITATION = 'Choose your password';
const NEW_PASSWORD = 'a brand new passphrase';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('passwords', () => {
  let smtp: EmailServer;
  let app: TestApp;
  beforeAll(async () => {
    smtp = await startEmailServer();
    app = await startApp({ SMTP_URL: smtp.url });
  });
  afterEach(resetClock);
  afterAll(async () => {
    await app.close();
    await smtp.close();
  });

  const login = (username: string, password: string) =>
    app.http.post('/api/auth/login', { username, password });
  const forgot = (email: string) => app.http.post('/api/account/password/reset', { email });
  const confirm = (token: unknown, newPassword: unknown = NEW_PASSWORD) =>
    app.http.post('/api/account/password/reset/confirm', { token, newPassword });
  const change = (http: TestApp['http'], currentPassword: string, newPassword: string) =>
    http.post('/api/account/password/change', { currentPassword, newPassword });
  const resetToken = async (email: string) => {
    expect((await forgot(email)).status).toBe(202);
    return tokenIn(await smtp.next(email, RESET));
  };
  const expectDead = async (token: string) => {
    const answer = await confirm(token);
    expect({ status: answer.status, code: problem(answer).code }).toEqual({
      status: 400,
      code: 'invalid_link',
    });
  };

  describe('change', () => {
    it('with the old one; this session stays, the others end, and a mail tells [A14] [ASVS 6.2.2, 6.3.7, 7.4.3]', async () => {
      const session = await newSession(app.http);
      const elsewhere = await signIn(app.http, session.username);
      expect((await change(session.http, PASSWORD, NEW_PASSWORD)).status).toBe(204);
      expect((await session.http.get('/api/users/me')).status).toBe(200);
      expect((await app.http.as(elsewhere.accessToken).get('/api/users/me')).status).toBe(401);
      const refresh = (refreshToken: string) =>
        app.http.post('/api/auth/refresh', { refreshToken });
      expect((await refresh(elsewhere.refreshToken)).status).toBe(401);
      expect((await refresh(session.refreshToken)).status).toBe(200);
      expect((await login(session.username, PASSWORD)).status).toBe(401);
      expect((await login(session.username, NEW_PASSWORD)).status).toBe(200);
      const mail = await smtp.next(session.user.email, CHANGED);
      expect(mail.text).toContain('/accounts/password/reset');
    });

    it('never with a wrong old one, or to one that breaks a rule for this account [ASVS 6.2.3]', async () => {
      const { http, user } = await newSession(app.http);
      await http.patch('/api/users/me', { firstName: 'Bartholomew' });
      await app.database.settled();
      const before = await app.database.fingerprint('audit_events');
      const errorsOf = async (currentPassword: string, newPassword: string) => {
        const answer = await change(http, currentPassword, newPassword);
        expect(answer.status).toBe(422);
        return problem(answer).errors.map(({ field, code }) => `${field}: ${code}`);
      };
      expect(await errorsOf('not my password', NEW_PASSWORD)).toEqual([
        'currentPassword: password_incorrect',
      ]);
      expect(await errorsOf(PASSWORD, 'bartholomew')).toEqual([
        'newPassword: password_too_similar',
      ]);
      expect(await errorsOf(PASSWORD, `${user.username}@example`)).toEqual([
        'newPassword: password_too_similar',
      ]);
      expect(await errorsOf(PASSWORD, '1234567')).toEqual([
        'newPassword: password_too_short',
        'newPassword: password_too_common',
        'newPassword: password_entirely_numeric',
      ]);
      expect(await app.database.fingerprint('audit_events')).toBe(before);
    });

    it('once, when two changes come at once', async () => {
      for (let round = 0; round < 5; round++) {
        const { http, username } = await newSession(app.http);
        const passwords = Array.from({ length: 6 }, (_, i) => `${NEW_PASSWORD} ${i}`);
        const answers = await Promise.all(passwords.map((next) => change(http, PASSWORD, next)));
        const winners = passwords.filter((_, i) => answers[i]!.status === 204);
        expect(winners).toHaveLength(1);
        for (const { status } of answers) expect([204, 409, 422]).toContain(status);
        expect((await login(username, winners[0]!)).status).toBe(200);
      }
    });
  });

  describe('are reset', () => {
    it('by a link that is mailed, once; all sessions end, and the address is proven', async () => {
      const session = await newSession(app.http);
      const { email } = session.user;
      const token = await resetToken(email);
      expect((await confirm(token)).status).toBe(204);
      expect((await session.http.get('/api/users/me')).status).toBe(401);
      expect((await login(session.username, PASSWORD)).status).toBe(401);
      expect((await signIn(app.http, email, NEW_PASSWORD)).user.emailVerified).toBe(true);
      await smtp.next(email, CHANGED);
      await expectDead(token);
    });

    it('by exactly one of twenty requests at once [A49] [ASVS 2.3.4]', async () => {
      for (let round = 0; round < 3; round++) {
        const { email } = await register(app.http);
        const token = await resetToken(email);
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, i) => confirm(token, `${NEW_PASSWORD} ${i}`)),
        );
        expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
        expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
      }
    });

    it('never by a link that is old, or overtaken by a change of password or address [A48] [ASVS 2.3.1, 6.4.1]', async () => {
      const { http, user } = await newSession(app.http);
      const third = await resetToken(user.email);
      await change(http, PASSWORD, NEW_PASSWORD);
      await expectDead(third);
      const fourth = await resetToken(user.email);
      await app.database.sql(`UPDATE users SET email_key = 'else@example.com' WHERE id = $1`, [
        user.id,
      ]);
      await expectDead(fourth);
      await app.database.sql('UPDATE users SET email_key = $2 WHERE id = $1', [
        user.id,
        user.email,
      ]);
      const fifth = await resetToken(user.email);
      await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
      await expectDead(fifth);
      await app.database.sql('UPDATE users SET is_active = true WHERE id = $1', [user.id]);
      const sixth = await resetToken(user.email);
      moveClock(30 * MINUTE + 1_000);
      await expectDead(sixth);
    });

    it('by a link that no later request and no sign-in ends: it is sent again while half of its life is left', async () => {
      const { user, username } = await newSession(app.http);
      moveClock(0);
      const first = await resetToken(user.email);
      moveClock(14 * MINUTE);
      expect(await resetToken(user.email)).toBe(first);
      moveClock(2 * MINUTE);
      const second = await resetToken(user.email);
      expect(second).not.toBe(first);
      expect(await resetToken(user.email)).toBe(second);
      // Whoever has the old password must not keep the owner from choosing a new one.
      await signIn(app.http, username);
      expect((await confirm(first, 'short')).status).toBe(422);
      expect((await confirm(second)).status).toBe(204);
      await expectDead(first);
      await expectDead(second);
    });

    it('by a new link after APP_SECRET has changed, and by the old ones as well', async () => {
      const { user } = await newSession(app.http);
      const first = await resetToken(user.email);
      await app.database.sql(
        'UPDATE one_time_tokens SET seed = gen_random_uuid() WHERE user_id = $1',
        [user.id],
      );
      const second = await resetToken(user.email);
      expect(second).not.toBe(first);
      expect((await confirm(first)).status).toBe(204);
    });

    it('never by a token of another kind or another user’s, and these stay good [A48] [ASVS 2.3.1]', async () => {
      const account = await register(app.http);
      const proof = await issueToken(app.database, 'prove_email', account);
      const undo = await issueToken(app.database, 'undo_email_change', account);
      const reset = await issueToken(app.database, 'reset_password', account);
      for (const token of [proof, undo]) await expectDead(token);
      for (const path of ['email/verify', 'email/undo']) {
        const answer = await app.http.post(`/api/account/${path}`, { token: reset });
        expect(problem(answer).code).toBe('invalid_link');
      }
      for (const token of [null, '', [], {}, 1, true, undefined]) {
        expect((await confirm(token)).status).toBe(422);
      }
      expect((await confirm(reset)).status).toBe(204);
      expect((await app.http.post('/api/account/email/verify', { token: proof })).status).toBe(400);
    });

    it('to one that keeps the rules; until then the link stays good', async () => {
      const { email, username } = await register(app.http);
      const token = await resetToken(email);
      for (const password of ['1234567', username, '']) {
        const answer = await confirm(token, password);
        expect(answer.status).toBe(422);
        expect(problem(answer).errors[0]!.field).toBe('newPassword');
      }
      expect((await confirm(token)).status).toBe(204);
    });

    it('with the same answer for everybody, and mails only for who should have one [A03] [ASVS 6.3.8]', async () => {
      const inactive = await register(app.http);
      await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [inactive.id]);
      const passwordless = await register(app.http);
      await app.database.sql(`UPDATE users SET password_hash = '!x' WHERE id = $1`, [
        passwordless.id,
      ]);
      const known = await register(app.http);
      await app.database.sql(
        `UPDATE users SET email = 'mike@example.com', email_key = 'mike@example.com',
                          email_verified_at = now() WHERE id = $1`,
        [known.id],
      );
      const answers = [];
      for (const email of [
        'mike@example.com',
        'MIKE@example.com',
        'm\u0131ke@example.com',
        'nobody@example.com',
        inactive.email,
        passwordless.email,
      ]) {
        const { status, headers, text } = await forgot(email);
        answers.push(JSON.stringify([status, text, [...headers.keys()]]));
      }
      expect(new Set(answers).size).toBe(1);
      await app.database.settled();
      expect(smtp.unread('mike@example.com')).toEqual([RESET, RESET]);
      for (const email of [inactive.email, passwordless.email, 'nobody@example.com']) {
        expect(smtp.unread(email)).not.toContain(RESET);
      }
      // A dotless i is another letter, and nobody's address.
      expect(smtp.mails.some(({ recipients }) => recipients[0]!.includes('\u0131'))).toBe(false);
    });

    it('of each account that claims an address, by one mail, while nobody has proven it', async () => {
      const email = `${newUsername()}@example.com`;
      // Somebody who was there before must not push the owner out.
      const accounts = [];
      for (let i = 0; i < 8; i++) accounts.push(await register(app.http, { email }));
      await forgot(email);
      const { text } = await smtp.next(email, RESET);
      const links = Object.fromEntries(
        [...text.matchAll(/For the account (\S+):\s+Choose a new password\s+(\S+)/g)].map(
          ([, username, link]) => [username, new URL(link!).searchParams.get('token')!],
        ),
      );
      const newestFirst = accounts.toReversed().map(({ username }) => username);
      expect(Object.keys(links)).toEqual(newestFirst);
      expect((await confirm(links[accounts[7]!.username])).status).toBe(204);
      for (const { username } of accounts.slice(0, 7)) await expectDead(links[username]);
    });

    it('of the newest accounts that claim an address, and says how many more there are', async () => {
      const email = `${newUsername()}@example.com`;
      await app.database.sql(
        `INSERT INTO users (username, username_key, email, email_key, password_hash, created_at)
         SELECT name, name, $1::text, $1::text, 'x', now() - interval '1 day'
         FROM (SELECT 'squatter' || i AS name FROM generate_series(1, 60) AS i) AS names`,
        [email],
      );
      const { username } = await register(app.http, { email });
      await forgot(email);
      const { text } = await smtp.next(email, RESET);
      const named = [...text.matchAll(/For the account (\S+):/g)].map(([, name]) => name);
      expect(named).toHaveLength(50);
      expect(named[0]).toBe(username);
      expect(text).toContain('There are 11 older ones');
    });
  });

  describe('are chosen by their owners only', () => {
    it('an administrator has a link sent, for a first password or another [A89] [ASVS 6.4.1, 6.4.6]', async () => {
      const clerk = await sessionWith(app, ['users.add', 'users.change']);
      const username = newUsername();
      const email = `${username}@example.com`;
      const fields = { username, email, sendInvitation: false };
      const { body } = await clerk.http.post<{ id: string }>('/api/users', fields);
      for (const [subject, password] of [
        [INVITATION, NEW_PASSWORD],
        [RESET, PASSWORD],
      ] as const) {
        const answer = await clerk.http.post(`/api/users/${body.id}/password-reset`);
        expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: '' });
        const token = tokenIn(await smtp.next(email, subject));
        expect((await confirm(token, password)).status).toBe(204);
        expect((await signIn(app.http, username, password)).user.emailVerified).toBe(true);
      }
    });

    it('but not of an account that can do more, is inactive, or has no address', async () => {
      const clerk = await sessionWith(app, ['users.change']);
      const start = (id: string) => clerk.http.post(`/api/users/${id}/password-reset`);
      const boss = await superuserSession(app);
      expect((await start(boss.user.id)).status).toBe(403);
      const { id } = await register(app.http);
      await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
      expect((await start(id)).status).toBe(409);
      await app.database.sql(
        `UPDATE users SET is_active = true, email = '', email_key = '' WHERE id = $1`,
        [id],
      );
      expect((await start(id)).status).toBe(409);
      expect((await start('00000000-0000-4000-8000-000000000000')).status).toBe(404);
    });
  });

  describe('are invited', () => {
    interface Added {
      id: string;
      username: string;
      email: string;
      invitedAt: string | null;
    }
    /** Adds a user; `token` is the one of the invitation. */
    const add = async (clerk: Session, fields: object = {}) => {
      const username = newUsername();
      const email = `${username}@example.com`;
      const { status, body } = await clerk.http.post<Added>('/api/users', {
        username,
        email,
        ...fields,
      });
      expect(status).toBe(201);
      return body;
    };
    const invite = async (clerk: Session) => {
      const user = await add(clerk);
      return { ...user, token: tokenIn(await smtp.next(user.email, INVITATION)) };
    };
    const actionsOf = async (id: string) => {
      const rows = await app.database.sql<{ action: string }>(
        `SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY id`,
        [id],
      );
      return rows.map(({ action }) => action);
    };

    it('by one email that adding a user sends: its link sets the password and proves the address [ASVS 6.4.1]', async () => {
      const clerk = await sessionWith(app, ['users.add']);
      const username = newUsername();
      const email = `${username}@example.com`;
      const { status } = await clerk.http.post('/api/users', { username, email });
      expect(status).toBe(201);
      await app.database.settled();
      expect(smtp.unread(email)).toEqual([INVITATION]);
      const mail = await smtp.next(email, INVITATION);
      expect(mail.text).toContain(username);
      expect(mail.text).toContain('within 7 days');
      expect((await confirm(tokenIn(mail))).status).toBe(204);
      expect((await signIn(app.http, username, NEW_PASSWORD)).user.emailVerified).toBe(true);
    });

    it('again by the reset of an administrator: the newest link works, once, and then it is a reset', async () => {
      const clerk = await sessionWith(app, ['users.add', 'users.change', 'users.view']);
      const { id, email, token } = await invite(clerk);
      const again = () => clerk.http.post(`/api/users/${id}/password-reset`);
      const invitedAt = async () =>
        (await clerk.http.get<Added>(`/api/users/${id}`)).body.invitedAt;
      expect(await invitedAt()).not.toBeNull();
      expect((await again()).status).toBe(202);
      const newest = tokenIn(await smtp.next(email, INVITATION));
      await expectDead(token);
      const answers = await Promise.all(Array.from({ length: 14 }, () => confirm(newest)));
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      await expectDead(newest);
      expect(await invitedAt()).toBeNull();
      expect((await again()).status).toBe(202);
      await smtp.next(email, RESET);
      const told = (await actionsOf(id)).filter((action) => /invited|requested/.test(action));
      expect(told).toEqual(['user.invited', 'user.invited', 'user.password_reset_requested']);
    });

    it('but not where it is unwanted, or the link could not work', async () => {
      const clerk = await sessionWith(app, ['users.add', 'users.change']);
      const owner = await register(app.http);
      await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [
        owner.id,
      ]);
      await app.database.settled();
      const seen = smtp.mails.length;
      const claiming = await add(clerk, { email: owner.email });
      for (const { id, invitedAt } of [
        await add(clerk, { sendInvitation: false }),
        await add(clerk, { isActive: false }),
        claiming,
      ]) {
        expect(invitedAt).toBeNull();
        expect(await actionsOf(id)).not.toContain('user.invited');
      }
      const answer = await clerk.http.post(`/api/users/${claiming.id}/password-reset`);
      expect(problem(answer)).toMatchObject({
        code: 'conflict',
        detail: 'Another account has proven this email address.',
      });
      for (const sendInvitation of ['true', 1, {}, []]) {
        const fields = { username: newUsername(), email: owner.email, sendInvitation };
        expect((await clerk.http.post('/api/users', fields)).status).toBe(422);
      }
      await app.database.settled();
      expect(smtp.mails.slice(seen)).toEqual([]);
    });

    it.each<[string, (clerk: Session, user: Added) => Promise<unknown>]>([
      ['the account is deleted', ({ http }, { id }) => http.delete(`/api/users/${id}`)],
      [
        'it is deactivated, and active again',
        async ({ http }, { id }) => {
          await http.patch(`/api/users/${id}`, { isActive: false });
          return http.patch(`/api/users/${id}`, { isActive: true });
        },
      ],
      [
        'its address is changed by an administrator',
        ({ http }, { id, username }) =>
          http.patch(`/api/users/${id}`, { email: `${username}@other.example` }),
      ],
      [
        'another link has set a password',
        async (_, { email }) => confirm(await resetToken(email), PASSWORD),
      ],
      ['7 days are over', () => Promise.resolve(moveClock(7 * DAY))],
    ])('by a link that ends when %s, and its page says so', async (_, end) => {
      const clerk = await sessionWith(app, ['users.add', 'users.change', 'users.delete']);
      const { token, ...user } = await invite(clerk);
      const path = `/accounts/password/reset/confirm?token=${token}`;
      expect((await app.http.get(path)).status).toBe(303);
      await end(clerk, user);
      await expectDead(token);
      const page = await app.http.get(path, { accept: 'text/html' });
      expect(page.status).toBe(400);
      expect(page.text).toContain('This link has been used, has expired');
      expect(page.text).toContain('href="/accounts/password/reset"');
    });

    it('and may forget it: a reset link comes next to the invitation, and after it', async () => {
      const clerk = await sessionWith(app, ['users.add']);
      const [early, late] = [await invite(clerk), await invite(clerk)];
      expect((await forgot(early.email)).status).toBe(202);
      const mail = await smtp.next(early.email, RESET);
      expect(mail.text).toContain('nothing changes');
      expect((await confirm(early.token)).status).toBe(204);
      await expectDead(tokenIn(mail));
      moveClock(8 * DAY);
      expect((await confirm(await resetToken(late.email))).status).toBe(204);
      expect((await signIn(app.http, late.username, NEW_PASSWORD)).user.emailVerified).toBe(true);
      // An account that was not meant to have a password gets none.
      resetClock();
      const other = await add(clerk, { sendInvitation: false });
      await forgot(other.email);
      await app.database.settled();
      expect(smtp.unread(other.email)).toEqual([]);
    });
  });
});
