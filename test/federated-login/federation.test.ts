import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TokensDto } from '../../src/auth/tokens.dto.js';
import type { AccountIdentityDto } from '../../src/federated-login/account-identity.dto.js';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
} from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { moveClock, resetClock } from '../support/clock.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import { type HonestProvider, startHonestProvider } from '../support/honest-provider.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type HttpClient, problem } from '../support/http.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';

const { HousekeepingService } = await built<
  typeof import('../../src/account/housekeeping.service.js')
>('src/account/housekeeping.service.js');

interface Identities {
  items: AccountIdentityDto[];
}

let serial = 0;
const newSubject = () => `subject-${++serial}`;
const newAddress = () => `${newUsername()}@example.com`;

describe('signing in with a provider', () => {
  let app: TestApp;
  let mails: EmailServer;
  let honest: HonestProvider;
  /** Its words can be chosen. */
  let plain: HostileProvider;
  let trusted: HostileProvider;
  beforeAll(async () => {
    mails = await startEmailServer();
    honest = await startHonestProvider(['http://127.0.0.1:4711/callback']);
    plain = await startHostileProvider();
    trusted = await startHostileProvider();
    app = await startApp({
      ...honest.variables('example'),
      ...plain.variables('my-company'),
      ...trusted.variables('trusted'),
      OIDC_TRUSTED_TRUST_EMAIL: 'on',
      OIDC_EXAMPLE_TRUST_EMAIL: 'on',
      OIDC_EXAMPLE_LABEL: 'Example ID',
      OIDC_REDIRECT_URIS: `${REDIRECT_URI}, http://127.0.0.1/callback`,
      SMTP_URL: mails.url,
    });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([honest.close(), plain.close(), trusted.close(), mails.close()]);
  });
  beforeEach(() => {
    plain.claims = {};
    trusted.claims = {};
  });
  afterEach(() => resetClock());

  const withPlain = (claims: object) => signInWith(app.http, 'my-company', plain, { ...claims });
  const withTrusted = (claims: object) => signInWith(app.http, 'trusted', trusted, { ...claims });
  const actionsOf = (id: string) =>
    app.database
      .sql<{ action: string }>(
        'SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY id',
        [id],
      )
      .then((rows) => rows.map(({ action }) => action));
  const prove = (id: string) =>
    app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [id]);

  /** An account that has proven its address, signed in. */
  async function provenSession(email = newAddress()) {
    const { id, username } = await register(app.http, { email });
    await app.database.settled();
    await prove(id);
    const tokens = await signIn(app.http, username);
    return { ...tokens, id, email, username, http: app.http.as(tokens.accessToken) };
  }

  /** Connects an identity with who is signed in. */
  async function connect(http: HttpClient, claims: object) {
    const { authorizationUrl, handle } = await start(http, 'my-company', 'account/identities');
    plain.claims = { ...claims };
    const { code, state } = await plain.authorize(authorizationUrl);
    return http.post<AccountIdentityDto>('/api/account/identities/my-company/complete', {
      handle,
      code,
      state,
    });
  }

  it('lists by whom one can, with nothing that is a secret', async () => {
    const { body, text } = await app.http.get('/api/auth/federation');
    expect(body).toEqual({
      items: [
        { name: 'example', label: 'Example ID' },
        { name: 'my-company', label: 'My Company' },
        { name: 'trusted', label: 'Trusted' },
      ],
      nextCursor: null,
    });
    expect(text).not.toContain('secret');
  });

  it('lets somebody new in with a certified provider, and in again [ASVS 6.8.1, 10.5.2]', async () => {
    const login = newUsername();
    const signInOnce = async () => {
      const redirectUri = 'http://127.0.0.1:4711/callback';
      const begun = await app.http.post<{ authorizationUrl: string; handle: string }>(
        '/api/auth/federation/example/start',
        { redirectUri },
      );
      expect(begun.body).toEqual({
        authorizationUrl: expect.stringContaining(honest.issuer),
        handle: expect.any(String),
        expiresIn: 600,
      });
      const { code, state, iss } = await honest.authorize(begun.body.authorizationUrl, login);
      expect(iss).toBe(honest.issuer);
      const { handle } = begun.body;
      const body = { handle, code, state, iss };
      return app.http.post<TokensDto>('/api/auth/federation/example/complete', body);
    };
    const first = await signInOnce();
    expect(first.status).toBe(200);
    expect(first.body.user).toMatchObject({
      username: login,
      email: `${login}@example.com`,
      emailVerified: true,
      firstName: login,
    });
    const http = app.http.as(first.body.accessToken);
    expect((await http.get('/api/auth/session')).body).toMatchObject({ amr: ['fed'] });
    expect((await http.get<Identities>('/api/account/identities')).body.items).toEqual([
      {
        id: expect.any(String),
        provider: 'example',
        label: 'Example ID',
        knownAs: `${login}@example.com`,
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
      },
    ]);
    const second = await signInOnce();
    expect(second.body.user.id).toBe(first.body.user.id);
    expect(await actionsOf(first.body.user.id)).toEqual([
      'user.registered',
      'user.identity_connected',
      'user.email_verified',
      'user.signed_in',
      'user.signed_in',
    ]);
  });

  it('tells a session how the provider said that it was, with a mark [ASVS 6.8.4]', async () => {
    const amr = ['mfa', 'otp', 'otp', 'made-up', 42, 'x'.repeat(1000)];
    const { body } = await withPlain({ sub: newSubject(), amr });
    const session = await app.http.as(body.accessToken).get('/api/auth/session');
    expect(session.body.amr).toEqual(['fed', 'fed:mfa', 'fed:otp']);
  });

  it('opens an account without a password', async () => {
    const { body } = await withPlain({ sub: newSubject(), preferred_username: newUsername() });
    for (const password of ['', '!', PASSWORD]) {
      const answer = await app.http.post('/api/auth/login', {
        username: body.user.username,
        password: password || 'x',
      });
      expect(answer.status).toBe(401);
    }
  });

  describe('knows people by issuer and subject alone [A58] [ASVS 6.8.1]', () => {
    it('whatever else the provider calls them from one day to the next', async () => {
      const sub = newSubject();
      const address = newAddress();
      const first = await withPlain({ sub, email: address, email_verified: true, name: 'Ann' });
      const { user } = first.body;
      const victim = await provenSession();
      for (const claims of [
        { email: victim.email, email_verified: true, preferred_username: victim.username },
        { email: undefined, email_verified: undefined, name: undefined },
      ]) {
        const again = await withPlain({ sub, ...claims });
        expect(again.body.user).toMatchObject({
          id: user.id,
          email: address,
          username: user.username,
        });
      }
    });

    it('so that the same subject of another issuer is somebody else', async () => {
      const sub = newSubject();
      const one = await withPlain({ sub });
      const other = await withTrusted({ sub });
      expect(other.body.user.id).not.toBe(one.body.user.id);
    });

    it('letter for letter', async () => {
      const sub = newSubject();
      const ids = new Set<string>();
      for (const one of [sub, sub.toUpperCase(), `${sub} `, `${sub}ﬁ`, `${sub}fi`]) {
        ids.add((await withPlain({ sub: one })).body.user.id);
      }
      expect(ids.size).toBe(5);
    });

    it('so that the same name makes two accounts', async () => {
      const name = newUsername();
      const one = await withPlain({ sub: newSubject(), preferred_username: name });
      const other = await withPlain({ sub: newSubject(), preferred_username: name });
      expect(one.body.user.username).toBe(name);
      expect(other.body.user.username).toMatch(new RegExp(`^${name}\\d+$`));
    });

    it('and gets no username that is reserved', async () => {
      for (const name of ['admin', 'Ad min', 'supp0rt']) {
        const { body } = await withPlain({ sub: newSubject(), preferred_username: name });
        expect(body.user.username).toMatch(/^.+\d{2,}$/);
      }
    });
  });

  describe('with an address [A57] [A04]', () => {
    it.each([
      ['no', false],
      ['nothing', undefined],
      ['"true"', 'true'],
      ['1', 1],
      ['a list', [true]],
    ])('that it says %s about: it is a claim, as at registration', async (_, email_verified) => {
      const email = newAddress();
      const { body } = await withPlain({ sub: newSubject(), email, email_verified });
      expect(body.user).toMatchObject({ email, emailVerified: false });
      await mails.next(email, 'Confirm your email address');
    });

    it('that somebody here has proven, and it has not verified: the answer does not tell', async () => {
      const { email, id, username } = await provenSession();
      const theirs = await withPlain({ sub: newSubject(), email, preferred_username: username });
      const nobodys = await withPlain({ sub: newSubject(), email: newAddress() });
      expect(theirs.status).toBe(nobodys.status);
      expect(theirs.body.user.id).not.toBe(id);
      expect(theirs.body.user).toMatchObject({ email, emailVerified: false });
      expect(Object.keys(theirs.body.user)).toEqual(Object.keys(nobodys.body.user));
      await mails.next(email, 'Somebody tried to use your email address');
    });

    it('that somebody here has proven, and it has verified: they sign in first, and connect it', async () => {
      const { email, http, id } = await provenSession();
      const sub = newSubject();
      const refused = await withPlain({ sub, email, email_verified: true });
      expect(problem(refused).code).toBe('federation_sign_in_to_link');
      expect(problem(refused).detail).toContain('My Company');
      expect((await connect(http, { sub, email })).status).toBe(201);
      await mails.next(email, 'A way to sign in was added');
      const answer = await withPlain({ sub, email, email_verified: true });
      expect(answer.body.user.id).toBe(id);
    });

    it('that a provider has verified which is trusted to know: it leads to the account', async () => {
      const { email, id } = await provenSession();
      const sub = newSubject();
      const answer = await withTrusted({ sub, email: email.toUpperCase(), email_verified: true });
      expect(answer.body.user.id).toBe(id);
      await mails.next(email, 'A way to sign in was added');
      expect(await actionsOf(id)).toContain('user.identity_connected');
      // And not by the address from now on.
      await app.database.sql(
        `UPDATE users SET email = 'x@x.x', email_key = 'x@x.x' WHERE id = $1`,
        [id],
      );
      const again = await withTrusted({ sub, email, email_verified: true });
      expect(again.body.user.id).toBe(id);
    });

    it.each([
      ['only claims', false],
      ['says "true" of', 'true'],
      ['says nothing of', undefined],
    ])('that even a trusted provider %s: it leads nowhere', async (_, email_verified) => {
      const { email, id } = await provenSession();
      const answer = await withTrusted({ sub: newSubject(), email, email_verified });
      expect(answer.body.user.id).not.toBe(id);
      expect(answer.body.user.emailVerified).toBe(false);
    });

    it('that somebody only claimed here: who has proven it gets it, and no account of theirs', async () => {
      const email = newAddress();
      const squatter = await register(app.http, { email });
      const answer = await withTrusted({ sub: newSubject(), email, email_verified: true });
      expect(answer.body.user.id).not.toBe(squatter.id);
      expect(answer.body.user).toMatchObject({ email, emailVerified: true });
      const [row] = await app.database.sql('SELECT email FROM users WHERE id = $1', [squatter.id]);
      expect(row).toEqual({ email: '' });
    });

    it('that the provider has verified since: it is proven then', async () => {
      const [sub, email] = [newSubject(), newAddress()];
      await withTrusted({ sub, email });
      const { body } = await withTrusted({ sub, email, email_verified: true });
      expect(body.user.emailVerified).toBe(true);
    });
  });

  it.each([
    [
      'huge',
      {
        name: 'x'.repeat(100_000),
        email: `${'x'.repeat(300)}@example.com`,
        preferred_username: 'y'.repeat(5_000),
      },
    ],
    [
      'of other types',
      {
        name: 42,
        email: { a: 1 },
        preferred_username: ['a'],
        given_name: null,
        amr: 'pwd',
      },
    ],
    [
      'with characters that nobody sees',
      { name: 'a\u0000b', email: 'a\u0000@example.com', preferred_username: '\u202Eevil' },
    ],
    [
      'half a character',
      { name: '\uD800', email: '\uD800@example.com', preferred_username: '\uDFFF' },
    ],
    ['of names of objects', { __proto__: { sub: 'admin' }, constructor: 'x', toString: 'y' }],
    ['an address that looks like another', { email: 'ａｎｎ@example.com', email_verified: true }],
    ['an address with a name', { email: 'Ann <ann@example.com>', email_verified: true }],
    ['two addresses', { email: 'a@example.com,b@example.com', email_verified: true }],
  ])('does without claims that are %s', async (_, claims) => {
    const answer = await withPlain({ sub: newSubject(), ...claims });
    expect(answer.status).toBe(200);
    expect(answer.body.user).toMatchObject({ email: '', emailVerified: false });
  });

  it('opens one account for somebody who comes five times at once', async () => {
    const sub = newSubject();
    const name = newUsername();
    const attempts = await Promise.all(
      Array.from({ length: 5 }, () => start(app.http, 'my-company')),
    );
    plain.claims = { sub, preferred_username: name, email: newAddress(), email_verified: true };
    const answers = await Promise.all(
      attempts.map(async ({ authorizationUrl, handle }) => {
        const { code, state } = await plain.authorize(authorizationUrl);
        return app.http.post<TokensDto>('/api/auth/federation/my-company/complete', {
          handle,
          code,
          state,
        });
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
  });

  it('opens accounts of one name for five people who come at once', async () => {
    const name = newUsername();
    plain.claims = {
      get sub() {
        return newSubject();
      },
      email: '',
      preferred_username: name,
    };
    const attempts = await Promise.all(
      Array.from({ length: 5 }, () => start(app.http, 'my-company')),
    );
    const answers = await Promise.all(
      attempts.map(async ({ authorizationUrl, handle }) => {
        const { code, state } = await plain.authorize(authorizationUrl);
        const path = '/api/auth/federation/my-company/complete';
        return app.http.post<TokensDto>(path, { handle, code, state });
      }),
    );
    const names = answers.map(({ body }) => body.user.username);
    expect(new Set(names).size).toBe(5);
    for (const one of names) expect(one).toMatch(new RegExp(`^${name}\\d*$`));
  });

  it('refuses an account that is inactive', async () => {
    const sub = newSubject();
    const { body } = await withPlain({ sub });
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [body.user.id]);
    const refused = await withPlain({ sub });
    expect(problem(refused)).toMatchObject({ status: 401, code: 'invalid_credentials' });
    expect(problem(refused).detail).toContain('inactive');
    const { email, id } = await provenSession();
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
    const unasked = await withTrusted({ sub: newSubject(), email, email_verified: true });
    expect(unasked.status).toBeGreaterThanOrEqual(400);
  });

  it('tells failures in the audit trail', async () => {
    const { email } = await provenSession();
    await withPlain({ sub: newSubject(), email, email_verified: true });
    const [row] = await app.database.sql(
      `SELECT reason, changes FROM audit_events WHERE action = 'user.sign_in_failed' ORDER BY id DESC LIMIT 1`,
    );
    expect(row).toEqual({
      reason: 'federation_sign_in_to_link',
      changes: { provider: { old: null, new: 'my-company' } },
    });
  });

  it('knows no provider that nobody configured', async () => {
    for (const name of ['google', 'EXAMPLE', 'a'.repeat(31), '%00', '..%2f', 'my--company']) {
      const answer = await app.http.post(`/api/auth/federation/${name}/start`, {
        redirectUri: REDIRECT_URI,
      });
      expect(answer.status).toBe(404);
    }
  });

  describe('connecting', () => {
    it('needs somebody who is signed in, and has done so lately [ASVS 7.5.3]', async () => {
      const path = '/api/account/identities/my-company/start';
      const nobody = await app.http.post(path, { redirectUri: REDIRECT_URI });
      expect(nobody.status).toBe(401);
      const { refreshToken } = await newSession(app.http);
      moveClock(16 * 60_000);
      const { body } = await app.http.post<TokensDto>('/api/auth/refresh', { refreshToken });
      const late = await app.http.as(body.accessToken).post(path, { redirectUri: REDIRECT_URI });
      expect(problem(late).code).toBe('recent_login_required');
    });

    it('needs the session that began it, and is no sign-in [A36]', async () => {
      const [victim, attacker] = [await newSession(app.http), await newSession(app.http)];
      const { authorizationUrl, handle } = await start(
        attacker.http,
        'my-company',
        'account/identities',
      );
      plain.claims = { sub: newSubject() };
      const { code, state } = await plain.authorize(authorizationUrl);
      const body = { handle, code, state };
      const asSignIn = await app.http.post('/api/auth/federation/my-company/complete', body);
      expect(problem(asSignIn).code).toBe('federation_attempt_invalid');
      const asVictim = await victim.http.post('/api/account/identities/my-company/complete', body);
      expect(problem(asVictim).code).toBe('federation_attempt_invalid');
      const { items } = (await victim.http.get<Identities>('/api/account/identities')).body;
      expect(items).toEqual([]);
    });

    it('does not take what was begun as a sign-in', async () => {
      const { http } = await newSession(app.http);
      const { authorizationUrl, handle } = await start(app.http, 'my-company');
      const { code, state } = await plain.authorize(authorizationUrl);
      const body = { handle, code, state };
      const answer = await http.post('/api/account/identities/my-company/complete', body);
      expect(problem(answer).code).toBe('federation_attempt_invalid');
    });

    it('takes nobody from another account', async () => {
      const sub = newSubject();
      const { body } = await withPlain({ sub });
      const { http } = await newSession(app.http);
      expect(problem(await connect(http, { sub })).code).toBe('identity_taken');
      expect((await withPlain({ sub })).body.user.id).toBe(body.user.id);
    });
  });

  describe('disconnecting', () => {
    it('tells the owner, and ends that way in', async () => {
      const { http, email, id } = await provenSession();
      const sub = newSubject();
      const { body } = await connect(http, { sub });
      const other = await provenSession();
      const stolen = await other.http.delete(`/api/account/identities/${body.id}`);
      expect(stolen.status).toBe(404);
      expect((await http.delete(`/api/account/identities/${body.id}`)).status).toBe(204);
      await mails.next(email, 'A way to sign in was removed');
      expect(await actionsOf(id)).toContain('user.identity_disconnected');
      expect((await withPlain({ sub })).body.user.id).not.toBe(id);
    });

    it('leaves the last way in, also when all go at once', async () => {
      const sub = newSubject();
      const { body } = await withPlain({ sub, auth_time: Math.floor(Date.now() / 1000) });
      const http = app.http.as(body.accessToken);
      const [{ id }] = (await http.get<Identities>('/api/account/identities')).body.items as [
        AccountIdentityDto,
      ];
      const refused = await http.delete(`/api/account/identities/${id}`);
      expect(problem(refused).code).toBe('last_way_in');
      const second = await connect(http, { sub: newSubject() });
      const answers = await Promise.all(
        [id, second.body.id].map((one) => http.delete(`/api/account/identities/${one}`)),
      );
      expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['204', '409']);
    });

    it('happens by itself when a change of address is undone, but for what the owner keeps [A51]', async () => {
      const { http, id, email } = await provenSession();
      const [before, since] = [newSubject(), newSubject()];
      const { body: kept } = await connect(http, { sub: before });
      const token = await issueToken(app.database, 'undo_email_change', { id, email });
      await app.database.sql(
        `UPDATE federated_identities SET created_at = now() - interval '1 hour' WHERE subject = $1`,
        [before],
      );
      await connect(http, { sub: since });
      await app.database.sql(
        `UPDATE users SET email = 'thief@example.com', email_key = 'thief@example.com' WHERE id = $1`,
        [id],
      );
      const undo = { token, keepIdentities: [kept.id] };
      expect((await app.http.post('/api/account/email/undo', undo)).status).toBe(204);
      const left = await app.database.sql<{ subject: string }>(
        'SELECT subject FROM federated_identities WHERE user_id = $1',
        [id],
      );
      expect(left).toEqual([{ subject: before }]);
      expect(await actionsOf(id)).toContain('user.identity_disconnected');
    });

    it('can follow when a password was chosen by a mailed link', async () => {
      const [sub, email] = [newSubject(), newAddress()];
      await withTrusted({ sub, email, email_verified: true });
      await app.http.post('/api/account/password/reset', { email });
      const token = tokenIn(await mails.next(email, 'Choose a new password'));
      const newPassword = 'a brand new passphrase';
      const link = await app.http.post<{ identities: { id: string }[] }>(
        '/api/account/links/describe',
        { token },
      );
      const keepIdentities = link.body.identities.map(({ id }) => id);
      const set = await app.http.post('/api/account/password/reset/confirm', {
        token,
        newPassword,
        keepIdentities,
      });
      expect(set.status).toBe(204);
      const { accessToken } = await signIn(app.http, email, newPassword);
      const http = app.http.as(accessToken);
      const [identity] = (await http.get<Identities>('/api/account/identities')).body.items;
      expect((await http.delete(`/api/account/identities/${identity!.id}`)).status).toBe(204);
    });
  });

  it('forgets attempts that nobody ended', async () => {
    await start(app.http, 'my-company');
    await app.database.sql(
      `UPDATE federation_attempts SET expires_at = expires_at - interval '11 minutes'`,
    );
    await app.nest.get(HousekeepingService, { strict: false }).sweep();
    expect(await app.database.sql('SELECT 1 FROM federation_attempts')).toEqual([]);
  });
});

describe('where the rules are stricter', () => {
  let plain: HostileProvider;
  beforeAll(async () => {
    plain = await startHostileProvider();
  });
  afterAll(() => plain.close());

  async function withApp(variables: Record<string, string>, test: (app: TestApp) => Promise<void>) {
    plain.claims = {};
    const app = await startApp({
      ...plain.variables('plain'),
      OIDC_REDIRECT_URIS: REDIRECT_URI,
      ...variables,
    });
    try {
      await test(app);
    } finally {
      await app.close();
    }
  }

  it('opens no account where registration is closed, and lets in who has one', async () => {
    await withApp({ REGISTRATION: 'closed', OIDC_PLAIN_TRUST_EMAIL: 'on' }, async (app) => {
      const sub = newSubject();
      const refused = await signInWith(app.http, 'plain', plain, { sub });
      expect(problem(refused).code).toBe('registration_closed');
      await app.database.sql(
        `INSERT INTO users (username, username_key, email, email_key, email_verified_at, password_hash)
         VALUES ('known', 'known', 'known@example.com', 'known@example.com', now(), '!x')`,
      );
      const claims = { sub, email: 'known@example.com', email_verified: true };
      const answer = await signInWith(app.http, 'plain', plain, claims);
      expect(answer.body.user.username).toBe('known');
    });
  });

  it('lets nobody in before the address is proven, where that is mandatory', async () => {
    const mails = await startEmailServer();
    const variables = { EMAIL_VERIFICATION: 'mandatory', SMTP_URL: mails.url };
    await withApp(variables, async (app) => {
      const [sub, email] = [newSubject(), newAddress()];
      for (let i = 0; i < 2; i++) {
        const refused = await signInWith(app.http, 'plain', plain, { sub, email });
        expect(problem(refused).code).toBe('email_not_verified');
        await app.database.settled();
      }
      expect(mails.unread(email)).toHaveLength(2);
      await mails.next(email);
      const emailToken = tokenIn(await mails.next(email));
      // The link alone does not show whose account it is: the identity, in the same step, does.
      const alone = await app.http.post('/api/account/email/verify', { token: emailToken });
      expect(problem(alone).code).toBe('sign_in_to_confirm');
      const foreign = { sub: newSubject(), email: newAddress() };
      await signInWith(app.http, 'plain', plain, foreign);
      const stolen = await signInWith(app.http, 'plain', plain, foreign, { emailToken });
      expect(problem(stolen).code).toBe('email_not_verified');
      const proven = 'SELECT FROM users WHERE email_verified_at IS NOT NULL';
      expect(await app.database.sql(proven)).toEqual([]);
      const confirmed = await signInWith(app.http, 'plain', plain, { sub, email }, { emailToken });
      expect(confirmed.status).toBe(200);
      expect(confirmed.body.user.emailVerified).toBe(true);
      expect((await signInWith(app.http, 'plain', plain, { sub, email })).status).toBe(200);
      const nowhere = await signInWith(app.http, 'plain', plain, {
        sub: newSubject(),
        email: undefined,
      });
      expect(problem(nowhere).code).toBe('email_not_verified');
      const count = await app.database.sql('SELECT 1 FROM users');
      expect(count).toHaveLength(2);
    });
    await mails.close();
  });

  it('counts what was begun from one address', async () => {
    await withApp({ THROTTLE_SCALE: '1' }, async (app) => {
      const statuses = new Set<number>();
      for (let i = 0; i < 61; i++) {
        const answer = await app.http.post('/api/auth/federation/plain/start', {
          redirectUri: REDIRECT_URI,
        });
        statuses.add(answer.status);
        if (i < 60) expect(answer.status).toBe(200);
      }
      expect([...statuses]).toEqual([200, 429]);
    });
  });
});
