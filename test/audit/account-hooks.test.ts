import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { AccountEvent, AccountEventName } from '../../src/audit/account-event.js';
import { newSession, newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type HttpClient, problem } from '../support/http.js';
import { times } from '../support/limits.js';
import { sendAsBrowser, sessionIdOf } from '../support/page-cookies.js';
import { eventually } from '../support/process.js';
import { newTargets, requestsOf } from '../support/route-requests.js';
import { ROUTES } from '../support/route-table.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const { Injectable, Module } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { OnAccount } = await built<typeof import('../../src/audit/on-account.decorator.js')>(
  'src/audit/on-account.decorator.js',
);
const { AUDIT_ACTIONS } = await built<typeof import('../../src/audit/audit-actions.js')>(
  'src/audit/audit-actions.js',
);
const { FAILURES } = await built<typeof import('../../src/audit/account-event.js')>(
  'src/audit/account-event.js',
);
const { AppError } =
  await built<typeof import('../../src/http/app-error.js')>('src/http/app-error.js');
const { HousekeepingService } = await built<
  typeof import('../../src/account/housekeeping.service.js')
>('src/account/housekeeping.service.js');
const { EmailVouchingService } = await built<
  typeof import('../../src/account/email-vouching.service.js')
>('src/account/email-vouching.service.js');
const { SuperusersService } = await built<typeof import('../../src/account/superusers.service.js')>(
  'src/account/superusers.service.js',
);
const { UserActionsService } = await built<
  typeof import('../../src/administration/users/user-actions.service.js')
>('src/administration/users/user-actions.service.js');

const NAMES = Object.keys(AUDIT_ACTIONS)
  .filter((action) => action.startsWith('user.'))
  .map((action) => action.slice('user.'.length)) as AccountEventName[];
type InTransaction = Exclude<AccountEventName, (typeof FAILURES)[number]>;
const IN_TRANSACTION = NAMES.filter(
  (name) => !FAILURES.some((failure) => failure === name),
) as InTransaction[];

const seen = { inTransaction: [] as AccountEvent[], afterCommit: [] as AccountEvent[] };
/** What the hooks do besides. */
let act: ((event: AccountEvent, tx: EntityManager) => Promise<void>) | undefined;
let actLater: ((event: AccountEvent) => Promise<void>) | undefined;

@Injectable()
class Follower {
  @OnAccount(IN_TRANSACTION)
  async follow(event: AccountEvent, tx: EntityManager): Promise<void> {
    // By the connection of the act: what it has written is there, and a second connection fails the test.
    const [row] = await tx.query<object[]>('SELECT FROM audit_events WHERE id = $1', [event.id]);
    if (!row) throw new Error('the event is not there');
    await tx.query('INSERT INTO followed VALUES ($1, $2)', [event.id, event.name]);
    seen.inTransaction.push(event);
    await act?.(event, tx);
  }

  @OnAccount(NAMES, { after: 'commit' })
  async followLater(event: AccountEvent, tx: EntityManager): Promise<void> {
    await actLater?.(event);
    await tx.query('INSERT INTO followed_later VALUES ($1, $2)', [event.id, event.name]);
    seen.afterCommit.push(event);
  }
}

@Module({ providers: [Follower, { provide: 'another name', useExisting: Follower }] })
class ProductModule {}

const SEED = `CREATE TABLE followed (id bigint, name text);
              CREATE TABLE followed_later (id bigint, name text)`;
const NEW_PASSWORD = 'a brand new passphrase';
let serial = 0;
const newIp = () => `198.51.${100 + Math.floor(++serial / 250)}.${serial % 250}`;

describe('@OnAccount', () => {
  let app: TestApp;
  let smtp: EmailServer;
  let provider: HostileProvider;
  let trusted: HostileProvider;
  beforeAll(async () => {
    smtp = await startEmailServer();
    [provider, trusted] = [await startHostileProvider(), await startHostileProvider()];
    app = await startApp(
      {
        SMTP_URL: smtp.url,
        TRUST_PROXY: '1',
        OIDC_REDIRECT_URIS: REDIRECT_URI,
        ...provider.variables('example'),
        ...trusted.variables('trusted'),
        OIDC_TRUSTED_TRUST_EMAIL: 'on',
      },
      [ProductModule],
      SEED,
    );
  });
  afterEach(() => {
    act = undefined;
    actLater = undefined;
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), trusted.close(), smtp.close()]);
  });

  const get = <Service>(type: abstract new (...args: never[]) => Service) =>
    app.nest.get<Service>(type, { strict: false });
  const superuser = () => superuserSession(app);
  const fresh = () => newSession(app.http);
  const emailToken = async (address: string, subject: string) =>
    tokenIn(await smtp.next(address, subject));

  /** Every way in which things happen to accounts, but for those that are one request to one route. */
  const ways: Record<string, () => Promise<unknown>> = {
    'a sign-in from an unknown network': async () => {
      const { username } = await register(app.http);
      await signIn(app.http, username);
      await app.http.post(
        '/api/auth/login',
        { username, password: PASSWORD },
        { 'x-forwarded-for': newIp() },
      );
    },
    'a sign-in on a page that takes the place of a session': async () => {
      const { username } = await register(app.http);
      const visitor = new Visitor(app.http);
      await visitor.post('/accounts/login', { username, password: PASSWORD });
      await visitor.post('/accounts/reauthenticate', { password: PASSWORD });
    },
    'a wrong password': async () => {
      const { username } = await register(app.http);
      await app.http.post('/api/auth/login', { username, password: 'wrong' });
      await app.http.post('/api/auth/login', { username: newUsername(), password: 'wrong' });
    },
    'a wrong current password': async () => {
      const { http } = await fresh();
      await http.post('/api/account/password/change', {
        currentPassword: 'wrong',
        newPassword: NEW_PASSWORD,
      });
    },
    'a hundred wrong passwords': async () => {
      const { id, username } = await register(app.http);
      await app.database.sql(
        `INSERT INTO password_failures (user_id, device, failures, last_failed_at)
         VALUES ($1, 'strangers', 99, now() - interval '1 day')`,
        [id],
      );
      await app.http.post('/api/auth/login', { username, password: 'wrong' });
    },
    'an inactive account': async () => {
      const { id, username } = await register(app.http);
      await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
      await app.http.post('/api/auth/login', { username, password: PASSWORD });
    },
    'sign-ups and sign-ins with a provider': async () => {
      const sub = newUsername();
      await signInWith(app.http, 'example', provider, { sub, email: `${sub}@example.com` });
      await signInWith(app.http, 'example', provider, { sub });
    },
    'a sign-up with a provider that proves the address others claim': async () => {
      const { email } = await register(app.http);
      await signInWith(app.http, 'trusted', trusted, {
        sub: newUsername(),
        email,
        email_verified: true,
      });
    },
    'connecting and disconnecting an identity': async () => {
      const { http } = await fresh();
      const { authorizationUrl, handle } = await start(http, 'example', 'account/identities');
      provider.claims = { sub: newUsername() };
      const { code, state } = await provider.authorize(authorizationUrl);
      const body = { handle, code, state };
      await http.post('/api/account/identities/example/complete', body);
      const { body: list } = await http.get<{ items: { id: string }[] }>('/api/account/identities');
      await http.delete(`/api/account/identities/${list.items[0]!.id}`);
    },
    'a change of address and taking it back': async () => {
      const session = await fresh();
      const { email } = session.user;
      const token = await emailToken(email, 'Confirm your email address');
      await session.http.post('/api/account/email/verify', { token });
      const newEmail = `${newUsername()}@example.com`;
      await session.http.post('/api/account/email/change', {
        newEmail,
        currentPassword: PASSWORD,
      });
      await session.http.post('/api/account/email/verify', {
        token: await emailToken(newEmail, 'Confirm your new email address'),
      });
      await app.http.post('/api/account/email/undo', {
        token: await emailToken(email, 'Your email address was changed'),
      });
    },
    'a forgotten password': async () => {
      const { email } = await register(app.http);
      await app.http.post('/api/account/password/reset', { email });
      await app.http.post('/api/account/password/reset/confirm', {
        token: await emailToken(email, 'Choose a new password'),
        newPassword: NEW_PASSWORD,
      });
    },
    'an invitation and its acceptance': async () => {
      const administrator = await superuser();
      const email = `${newUsername()}@example.com`;
      await administrator.http.post('/api/users', { username: newUsername(), email });
      const mail = await smtp.next(email);
      await app.http.post('/api/account/password/reset/confirm', {
        token: tokenIn(mail),
        newPassword: NEW_PASSWORD,
      });
    },
    'changes by an administrator': async () => {
      const administrator = await superuser();
      const { id } = await register(app.http);
      const path = `/api/users/${id}`;
      const changes = [
        { isActive: false },
        { isActive: true },
        { isSuperuser: true },
        { isSuperuser: false },
        { email: `${newUsername()}@example.com`, firstName: 'Ann' },
      ];
      for (const change of changes) await administrator.http.patch(path, change);
      await administrator.http.put(`${path}/roles`, { roles: ['admin'] });
      await administrator.http.put(`${path}/permissions`, { permissions: ['users.view'] });
    },
    'actions on several accounts': async () => {
      const administrator = await superuser();
      const [a, b] = [await fresh(), await fresh()];
      const actor = await actorOf(administrator.http);
      const ids = [a.user.id, b.user.id];
      const actions = get(UserActionsService);
      for (const action of ['deactivate', 'activate', 'end-sessions', 'delete'] as const) {
        await actions.previewOnEach(actor, action, ids);
        await actions.performOnEach(actor, action, ids);
      }
    },
    'a refresh token that comes again': async () => {
      const { refreshToken } = await fresh();
      const refresh = (token: string) =>
        app.http.post<{ refreshToken: string }>('/api/auth/refresh', { refreshToken: token });
      const second = await refresh(refreshToken);
      await refresh(second.body.refreshToken);
      await refresh(refreshToken);
    },
    'a sign-out by a refresh token': async () => {
      const { refreshToken } = await fresh();
      await app.http.post('/api/auth/logout', { refreshToken });
    },
    'ending sessions': async () => {
      const { http, username } = await fresh();
      await signIn(app.http, username);
      const { body } = await http.get<{ items: { id: string; isCurrent: boolean }[] }>(
        '/api/account/sessions',
      );
      const other = (body.items ?? (body as never)).find(({ isCurrent }) => !isCurrent)!;
      await http.delete(`/api/account/sessions/${other.id}`);
      await signIn(app.http, username);
      await http.delete('/api/account/sessions');
    },
    'an operator who vouches for an address': async () => {
      const user = await register(app.http);
      await get(EmailVouchingService).vouchFor({ origin: 'cli' }, user as never);
    },
    'the first superuser': async () => {
      const username = newUsername();
      await get(SuperusersService).create(
        { username, email: `${username}@example.com`, password: PASSWORD },
        { acceptWeakPassword: false },
      );
    },
    'accounts that were never used': async () => {
      const { id } = await register(app.http);
      await app.database.settled();
      await app.database.sql(
        `UPDATE users SET created_at = created_at - interval '91 days' WHERE id = $1`,
        [id],
      );
      await app.database.sql('DELETE FROM one_time_tokens WHERE user_id = $1', [id]);
      await get(HousekeepingService).sweep();
    },
  };

  async function actorOf(http: HttpClient) {
    const { body } = await http.get('/api/auth/session');
    const principal = { ...body, authenticatedAt: new Date() };
    return { origin: 'api', principal, client: { ip: '127.0.0.1' } } as never;
  }

  /** Events of the trail about accounts that hooks have not been checked for. */
  let checkedUpTo = '0';
  async function expectEachOnce(): Promise<string[]> {
    await app.database.settled();
    const events = await app.database.sql<{ id: string; name: string; subject: string }>(
      `SELECT id::text, substr(action, 6) AS name, subject_id AS subject FROM audit_events
       WHERE action LIKE 'user.%' AND id > $1 ORDER BY audit_events.id`,
      [checkedUpTo],
    );
    checkedUpTo = events.at(-1)?.id ?? checkedUpTo;
    const known = events.filter(({ subject }) => subject !== 'unknown');
    const told = (list: AccountEvent[]) =>
      list
        .map(({ id, name, account }) => ({ id, name, subject: account.id }))
        .toSorted((a, b) => Number(a.id) - Number(b.id));
    const rows = async (table: string) =>
      (
        await app.database.sql<{ id: string }>(`SELECT id::text FROM ${table} ORDER BY ${table}.id`)
      ).map(({ id }) => id);
    const duringActs = known.filter(({ name }) => !FAILURES.some((failure) => failure === name));
    const committed = new Set(duringActs.map(({ id }) => id));
    // Hooks of acts that were undone ran as well, and so did what they wrote: undone.
    expect(told(seen.inTransaction).filter(({ id }) => committed.has(id))).toEqual(duringActs);
    expect(await rows('followed')).toEqual(duringActs.map(({ id }) => id));
    expect(told(seen.afterCommit)).toEqual(known);
    expect(await rows('followed_later')).toEqual(known.map(({ id }) => id));
    for (const { account } of [...seen.inTransaction, ...seen.afterCommit]) {
      expect(account.username).not.toBe('');
    }
    await app.database.sql('TRUNCATE followed, followed_later');
    seen.inTransaction.length = 0;
    seen.afterCommit.length = 0;
    return events.map(({ name }) => name);
  }

  const covered = new Set<string>();
  describe('calls a hook once in the transaction and once after it, for every event of', () => {
    it.each(Object.entries(ways))('%s', async (_, happen) => {
      await happen();
      const names = await expectEachOnce();
      expect(names).not.toEqual([]);
      for (const name of names) covered.add(name);
    });

    it.each(['api', 'accounts', 'admin'])(
      'every route of /%s that changes something',
      async (door) => {
        const requests = requestsOf(
          () => app,
          () => provider,
          newTargets(() => app),
        );
        for (const { method, path, isPage } of ROUTES) {
          const request = requests[`${method} ${path}`];
          if (!request || method === 'GET' || path.startsWith('/admin/mail')) continue;
          if (!path.startsWith(`/${door}/`)) continue;
          const { accessToken, http } = await superuser();
          const target = path.replace(/:\w+/, (await request.id?.(http)) ?? '');
          const body = (await request.body?.(http)) ?? {};
          if (isPage) await sendAsBrowser(app.http, method, target, body, accessToken);
          else
            await http.send(method, target, JSON.stringify(body), {
              'content-type': 'application/json',
            });
        }
        for (const name of await expectEachOnce()) covered.add(name);
      },
    );

    it('all events that there are', () => {
      expect([...covered].toSorted()).toEqual(NAMES.toSorted());
    });
  });

  it('undoes the act and answers with the error of a hook', async () => {
    const { username } = await register(app.http);
    await app.database.settled();
    const visitor = new Visitor(app.http);
    act = async () => {
      throw new AppError('conflict', { detail: 'The wallet is not empty.' });
    };
    const counted = ['audit_events', 'finished_jobs', 'followed_later'];
    const before = await app.database.fingerprint(...counted);
    const added = newUsername();
    const body = { username: added, email: `${added}@example.com`, password: PASSWORD };
    const registration = await app.http.post('/api/auth/register', body);
    expect(problem(registration)).toMatchObject({
      status: 409,
      code: 'conflict',
      detail: 'The wallet is not empty.',
    });
    for (const address of ['127.0.0.1', newIp()]) {
      const answer = await app.http.post(
        '/api/auth/login',
        { username, password: PASSWORD },
        { 'x-forwarded-for': address },
      );
      expect(problem(answer).code).toBe('conflict');
    }
    const page = await visitor.post('/accounts/login', { username, password: PASSWORD });
    expect([page.status, page.text]).toEqual([422, expect.stringContaining('not empty')]);
    expect(await app.database.fingerprint(...counted)).toBe(before);
    const failures = await app.database.sql(
      `SELECT action FROM audit_events WHERE reason = 'conflict' ORDER BY id`,
    );
    expect(failures).toEqual(times(3, { action: 'user.sign_in_failed' }));
    const later = seen.afterCommit.filter(({ reason }) => reason === 'conflict');
    expect(later.map(({ name, account }) => [name, account.username])).toEqual(
      times(3, ['sign_in_failed', username]),
    );
    expect(seen.afterCommit.some(({ account }) => account.username === added)).toBe(false);
  });

  it('knows a deleted account as it was, while it is still there', async () => {
    const { http, user } = await fresh();
    let found: object[] = [];
    act = async ({ account }, tx) => {
      found = await tx.query('SELECT username FROM users WHERE id = $1', [account.id]);
    };
    seen.afterCommit.length = 0;
    await http.delete('/api/users/me', { currentPassword: PASSWORD });
    await app.database.settled();
    const { id, username, email } = user;
    expect(found).toEqual([{ username }]);
    const last = seen.afterCommit.at(-1)!;
    expect(Date.now() - last.occurredAt.getTime()).toBeLessThan(60_000);
    expect({ ...last, occurredAt: undefined }).toEqual({
      id: expect.stringMatching(/^\d+$/),
      name: 'deleted',
      account: { id, username, email },
      actor: { origin: 'api', userId: id, ip: '127.0.0.1' },
      sessionId: expect.any(String),
      requestId: expect.any(String),
      reason: null,
      changes: {},
    });
  });

  it('tells what changed, and the session that a sign-in opened', async () => {
    const { http, accessToken } = await fresh();
    await http.patch('/api/users/me', { firstName: 'Ann' });
    const [signedIn, updated] = seen.inTransaction.slice(-2);
    expect(signedIn).toMatchObject({ name: 'signed_in', sessionId: sessionIdOf(accessToken) });
    expect(updated).toMatchObject({
      name: 'updated',
      changes: { firstName: { old: '', new: 'Ann' } },
    });
  });

  it('tries a hook after the commit again, which delays no act and no other job', async () => {
    await app.database.settled();
    let tries = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    actLater = async () => {
      tries++;
      if (tries === 1) throw new Error('the forum is down');
      await held;
    };
    seen.afterCommit.length = 0;
    const { email, username } = await register(app.http);
    await eventually(() => tries === 2, 'the second try');
    // The hook waits now. Everything else goes on.
    const accounts = await Promise.all(Array.from({ length: 8 }, () => register(app.http)));
    await smtp.next(email, 'Confirm your email address');
    for (const account of accounts) await smtp.next(account.email, 'Confirm your email address');
    expect(seen.afterCommit).toEqual([]);
    release();
    await app.database.settled();
    expect(new Set(seen.afterCommit.map(({ account }) => account.username))).toEqual(
      new Set([username, ...accounts.map((account) => account.username)]),
    );
    expect(seen.afterCommit).toHaveLength(9);
  });
});
