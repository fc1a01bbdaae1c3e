import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueToken, newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';

const { HousekeepingService } = await built<
  typeof import('../../src/account/housekeeping.service.js')
>('src/account/housekeeping.service.js');
const { UsersService } = await built<typeof import('../../src/users/users.service.js')>(
  'src/users/users.service.js',
);
const { SuperusersService } = await built<typeof import('../../src/account/superusers.service.js')>(
  'src/account/superusers.service.js',
);
const { Admission } =
  await built<typeof import('../../src/users/admission.js')>('src/users/admission.js');
const { DataSource } = await built<typeof import('typeorm')>('typeorm');

describe('an account that was never proven', () => {
  let smtp: EmailServer;
  let app: TestApp;

  const start = async (variables: Record<string, string>) => {
    smtp = await startEmailServer();
    app = await startApp({ SMTP_URL: smtp.url, ...variables });
  };
  const stop = async () => {
    await app.close();
    await smtp.close();
  };
  /** Makes everything older: the database's clock decides what is old. */
  const age = (days: number) =>
    app.database.sql(
      `UPDATE users SET created_at = created_at - interval '${days} days';
       UPDATE one_time_tokens SET expires_at = expires_at - interval '${days} days'`,
    );
  const sweepAfter = async (days: number) => {
    await app.database.settled();
    await age(days);
    const { accounts } = await app.nest.get(HousekeepingService, { strict: false }).sweep();
    await age(-days);
    return accounts;
  };
  const isThere = async (id: string) =>
    (await app.database.sql('SELECT FROM users WHERE id = $1', [id])).length === 1;

  describe('and never used', () => {
    beforeAll(() => start({ EMAIL_VERIFICATION: 'mandatory' }));
    afterAll(stop);

    it('is deleted after 90 days, recorded, and its username is free [ASVS 14.2.7]', async () => {
      const { id, username, email } = await register(app.http);
      expect(await sweepAfter(89)).toBe(0);
      expect(await isThere(id)).toBe(true);
      expect(await sweepAfter(91)).toBe(1);
      expect(await isThere(id)).toBe(false);
      const events = await app.database.sql(
        `SELECT origin, reason, actor_id FROM audit_events WHERE subject_id = $1 AND action = 'user.deleted'`,
        [id],
      );
      expect(events).toEqual([{ origin: 'system', reason: 'never_proven', actor_id: null }]);
      expect(smtp.unread(email)).toEqual(['Confirm your email address']);
      await register(app.http, { username });
    });
  });

  describe('but may be used', () => {
    beforeAll(() => start({ EMAIL_VERIFICATION: 'optional' }));
    afterAll(stop);

    it('stays, however old it is', async () => {
      const boss = await superuserSession(app);
      const signedIn = await register(app.http);
      await signIn(app.http, signedIn.username);
      const proven = await register(app.http);
      const link = await smtp.next(proven.email, 'Confirm your email address');
      const proof = { token: tokenIn(link), password: PASSWORD };
      expect((await app.http.post('/api/account/email/verify', proof)).status).toBe(204);
      const inactive = await register(app.http);
      await boss.http.patch(`/api/users/${inactive.id}`, { isActive: false });
      const withRole = await register(app.http);
      await boss.http.put(`/api/users/${withRole.id}/roles`, { roles: ['admin'] });
      const withPermission = await register(app.http);
      await boss.http.put(`/api/users/${withPermission.id}/permissions`, {
        permissions: ['users.view'],
      });
      const named = { username: newUsername(), email: `${newUsername()}@example.com` };
      const { body: created } = await boss.http.post<{ id: string }>('/api/users', named);
      const operators = app.nest.get(SuperusersService, { strict: false });
      const root = await operators.create(
        { username: newUsername(), email: `${newUsername()}@example.com`, password: PASSWORD },
        { acceptWeakPassword: false },
      );
      // As an import of a product adds them.
      const imported = await app.nest
        .get(DataSource)
        .transaction((tx) =>
          app.nest
            .get(UsersService, { strict: false })
            .create(
              tx,
              { username: newUsername(), email: '', passwordHash: 'x' },
              Admission.unasked(''),
            ),
        );
      const kept = [signedIn, proven, inactive, withRole, withPermission, created, root, imported];
      expect(await sweepAfter(1_000)).toBe(0);
      for (const { id } of kept) expect(await isThere(id)).toBe(true);
      // And the others of that time do not.
      const unused = await register(app.http);
      expect(await sweepAfter(1_000)).toBe(1);
      expect(await isThere(unused.id)).toBe(false);
    });

    it('stays as long as a link to it works', async () => {
      const { id, email } = await register(app.http);
      await issueToken(app.database, 'reset_password', { id, email });
      const until = (days: number) =>
        app.database.sql(
          `UPDATE one_time_tokens SET expires_at = now() + $2 * interval '1 day' WHERE user_id = $1`,
          [id, days],
        );
      await until(92);
      expect(await sweepAfter(91)).toBe(0);
      await until(90);
      expect(await sweepAfter(91)).toBe(1);
    });

    it('stays when a table of the product refers to it, and keeps no other from being deleted', async () => {
      const one = await register(app.http);
      const two = await register(app.http);
      const three = await register(app.http);
      const four = await register(app.http);
      await app.database.sql(
        `CREATE TABLE invoices (user_id uuid REFERENCES users (id) ON DELETE RESTRICT);
         CREATE TABLE letters (user_id uuid REFERENCES users (id))`,
      );
      await app.database.sql('INSERT INTO invoices VALUES ($1)', [two.id]);
      await app.database.sql('INSERT INTO letters VALUES ($1)', [four.id]);
      expect(await sweepAfter(91)).toBe(2);
      expect(await Promise.all([one, two, three, four].map(({ id }) => isThere(id)))).toEqual([
        false,
        true,
        false,
        true,
      ]);
      const events = await app.database.sql(
        `SELECT FROM audit_events WHERE subject_id = $1 AND action = 'user.deleted'`,
        [two.id],
      );
      expect(events).toEqual([]);
    });
  });

  describe('where nobody is asked for a proof', () => {
    beforeAll(() => start({ EMAIL_VERIFICATION: 'none' }));
    afterAll(stop);

    it('stays', async () => {
      const { id } = await register(app.http);
      expect(await sweepAfter(1_000)).toBe(0);
      expect(await isThere(id)).toBe(true);
    });
  });
});
