import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Recovery } from '../../src/account/recovery.service.js';
import type { WayIn } from '../../src/account/ways-in.js';
import type { TokensDto } from '../../src/auth/tokens.dto.js';
import type { StartedFederationDto } from '../../src/federated-login/federation.dto.js';
import { issueToken, newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type HttpClient, problem } from '../support/http.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';
import { eventually } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

const { RECOVERIES } = await built<typeof import('../../src/account/recovery.service.js')>(
  'src/account/recovery.service.js',
);
const { WAYS_IN } =
  await built<typeof import('../../src/account/ways-in.js')>('src/account/ways-in.js');
const { PasswordSettingService } = await built<
  typeof import('../../src/account/password-setting.service.js')
>('src/account/password-setting.service.js');
const { EmailVouchingService } = await built<
  typeof import('../../src/account/email-vouching.service.js')
>('src/account/email-vouching.service.js');
const { UsersService } = await built<typeof import('../../src/users/users.service.js')>(
  'src/users/users.service.js',
);

const { LoginService } = await built<typeof import('../../src/auth/login.service.js')>(
  'src/auth/login.service.js',
);
const { ChangeFeed } = await built<typeof import('../../src/platform/database/change-feed.js')>(
  'src/platform/database/change-feed.js',
);
const { default: pg } = await built<typeof import('pg')>('pg');

const NEW_PASSWORD = 'a brand new passphrase';
const STRANGER = { 'x-forwarded-for': '203.0.113.7' };
const RESET = 'Choose a new password';
const CHANGED = 'Your email address was changed';

interface Account {
  id: string;
  username: string;
  email: string;
}

/** What a stranger has attached: whether it still leads into the account, or would later. */
type Attached = () => Promise<boolean>;

let serial = 0;
const newSubject = () => `subject-${++serial}`;

describe('recoveries of an account', () => {
  let app: TestApp;
  let smtp: EmailServer;
  let untrusted: HostileProvider;
  let trusted: HostileProvider;
  let administrator: HttpClient;
  beforeAll(async () => {
    smtp = await startEmailServer();
    untrusted = await startHostileProvider();
    trusted = await startHostileProvider();
    app = await startApp({
      SMTP_URL: smtp.url,
      TRUST_PROXY: '1',
      ...untrusted.variables('untrusted'),
      ...trusted.variables('trusted'),
      OIDC_TRUSTED_TRUST_EMAIL: 'on',
      OIDC_REDIRECT_URIS: REDIRECT_URI,
    });
    administrator = (await superuserSession(app)).http;
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([untrusted.close(), trusted.close(), smtp.close()]);
  });

  const sql = <Row extends object>(text: string, ...values: unknown[]) =>
    app.database.sql<Row>(text, values);
  const count = async (table: string, id: string, condition = 'true') =>
    (await sql(`SELECT FROM ${table} WHERE user_id = $1 AND ${condition}`, id)).length;
  /** Connects an identity by a session, as the first part of it or the whole. */
  const begin = (http: HttpClient, provider: string) => start(http, provider, 'account/identities');
  const complete = async (
    http: HttpClient,
    name: string,
    provider: HostileProvider,
    { authorizationUrl, handle }: StartedFederationDto,
    claims: Record<string, unknown>,
  ) => {
    provider.claims = claims;
    const { code, state } = await provider.authorize(authorizationUrl);
    return http.post(`/api/account/identities/${name}/complete`, { handle, code, state });
  };
  const connect = async (
    http: HttpClient,
    name: 'trusted' | 'untrusted',
    claims: Record<string, unknown>,
  ) => {
    const provider = name === 'trusted' ? trusted : untrusted;
    const answer = await complete(http, name, provider, await begin(http, name), claims);
    expect(answer.status).toBe(201);
  };
  const reset = async (email: string, token?: string, keepIdentities?: string[]) => {
    if (token === undefined) await app.http.post('/api/account/password/reset', { email });
    const body = {
      token: token ?? tokenIn(await smtp.next(email, RESET)),
      newPassword: NEW_PASSWORD,
      ...(keepIdentities && { keepIdentities }),
    };
    const answer = await app.http.post('/api/account/password/reset/confirm', body);
    expect(answer.status).toBe(204);
  };
  const move = async (session: HttpClient, to: string) => {
    await session.post('/api/account/email/change', { newEmail: to, currentPassword: PASSWORD });
    const token = tokenIn(await smtp.next(to, 'Confirm your new email address'));
    expect((await session.post('/api/account/email/verify', { token })).status).toBe(204);
  };

  /** How a stranger who knows the password attaches each way in, and how it is seen to be alive. */
  const attach: Record<WayIn, (account: Account, http: HttpClient) => Promise<Attached>> = {
    password: async ({ username }) => {
      const body = { username, password: PASSWORD };
      return async () => (await app.http.post('/api/auth/login', body)).status === 200;
    },
    identity: async ({ id }, http) => {
      const sub = newSubject();
      await connect(http, 'untrusted', { sub });
      return async () =>
        (await signInWith(app.http, 'untrusted', untrusted, { sub })).body.user.id === id;
    },
    session: async ({ username }) => {
      const { accessToken, refreshToken } = await signIn(app.http, username);
      return async () => {
        const seen = await app.http.as(accessToken).get('/api/users/me');
        const refreshed = await app.http.post('/api/auth/refresh', { refreshToken });
        return seen.status === 200 || refreshed.status === 200;
      };
    },
    mailed_link: async (account, http) => {
      const newEmail = `${newUsername()}@evil.example`;
      const body = { newEmail, currentPassword: PASSWORD };
      await http.post('/api/account/email/change', body);
      const tokens = [
        tokenIn(await smtp.next(newEmail)),
        await issueToken(app.database, 'reset_password', account),
        await issueToken(app.database, 'accept_invitation', account),
      ];
      return async () => {
        const found = await Promise.all(
          tokens.map((token) => app.http.post('/api/account/links/describe', { token })),
        );
        return found.some(({ status }) => status === 200);
      };
    },
    undo_link: async ({ id }) => {
      const email = `${newUsername()}@evil.example`;
      const token = await issueToken(app.database, 'undo_email_change', { id, email });
      return async () =>
        (await app.http.post('/api/account/links/describe', { token })).status === 200;
    },
    federation_attempt: async ({ id }, http) => {
      await begin(http, 'untrusted');
      return async () => (await count('federation_attempts', id)) > 0;
    },
    known_network: async ({ id, username }) => {
      const networks = async () =>
        (
          await sql<{ network: string }>(
            'SELECT network FROM known_networks WHERE user_id = $1',
            id,
          )
        ).map(({ network }) => network);
      const before = new Set(await networks());
      await app.http.post('/api/auth/login', { username, password: PASSWORD }, STRANGER);
      const theirs = (await networks()).find((network) => !before.has(network));
      expect(theirs).toBeDefined();
      return async () => (await count('known_networks', id, `network = '${theirs}'`)) > 0;
    },
    // What it is good for is seen below, where there are limits.
    known_browser: async ({ id, username }) => {
      const visitor = new Visitor(app.http);
      await visitor.post('/accounts/login', { username, password: PASSWORD });
      const [value] = visitor.cookies.get('gatehouse-browser')!.split('.');
      const [, account] = Buffer.from(value!, 'base64url').toString().split(' ');
      const time = new Date(Number(account!.split('@')[1]));
      return async () =>
        (await sql('SELECT FROM users WHERE id = $1 AND recovered_at > $2', id, time)).length === 0;
    },
  };

  const newAccount = async (isProven: boolean): Promise<Account> => {
    const { id, username, email } = await register(app.http);
    await app.database.settled();
    if (isProven) await sql('UPDATE users SET email_verified_at = now() WHERE id = $1', id);
    return { id, username, email };
  };

  interface Row {
    is: Recovery;
    isProven: boolean;
    /** What the stranger does afterwards; and what the owner does, with what they had before. */
    before?: (account: Account, stranger: HttpClient, way: WayIn) => Promise<HttpClient | void>;
    perform: (account: Account, owner: HttpClient, way: WayIn) => Promise<void>;
    /** Ways that stay, for the reason that docs/flows/email.md gives. */
    stays?: WayIn[];
    /** Ways that can only be attached after what is done before. */
    late?: WayIn[];
  }

  /** Ways by which each recovery happens; a recovery without one does not compile. */
  const rows: Record<Recovery, Record<string, Omit<Row, 'is'>>> = {
    password_reset: {
      'a reset that the owner asked for': {
        isProven: true,
        perform: ({ email }) => reset(email),
        stays: ['undo_link'],
      },
      'a reset that an administrator asked for': {
        isProven: true,
        perform: async ({ id, email }) => {
          const answer = await administrator.post(`/api/users/${id}/password-reset`);
          expect(answer.status).toBe(202);
          await reset(email, tokenIn(await smtp.next(email, RESET)));
        },
        stays: ['undo_link'],
      },
    },
    email_undo: {
      'undoing a change of address': {
        isProven: true,
        before: (_, stranger) => move(stranger, `${newUsername()}@evil.example`),
        perform: async ({ email }) => {
          const token = tokenIn(await smtp.next(email, CHANGED));
          expect((await app.http.post('/api/account/email/undo', { token })).status).toBe(204);
        },
        late: ['mailed_link', 'undo_link'],
      },
    },
    proof_by_link: {
      'the first proof by a link': {
        isProven: false,
        // The owner holds the password, or else an identity.
        before: async ({ username }, stranger, way) => {
          if (way !== 'password')
            return app.http.as((await signIn(app.http, username)).accessToken);
          const sub = newSubject();
          await connect(stranger, 'untrusted', { sub });
          const { body } = await signInWith(app.http, 'untrusted', untrusted, { sub });
          return app.http.as(body.accessToken);
        },
        perform: async ({ email }, owner) => {
          await smtp.next(email, 'Confirm your email address');
          await owner.post('/api/account/email/verify/resend');
          const token = tokenIn(await smtp.next(email, 'Confirm your email address'));
          expect((await owner.post('/api/account/email/verify', { token })).status).toBe(204);
          expect((await owner.get('/api/users/me')).body.emailVerified).toBe(true);
        },
        late: ['mailed_link'],
      },
      // The contract of the API: docs/flows/email.md says what a client should send as well.
      'the first proof by a link alone, through the API': {
        isProven: false,
        perform: async ({ email, username }) => {
          await smtp.next(email, 'Confirm your email address');
          await app.http.post('/api/auth/verification', { username, password: PASSWORD });
          const token = tokenIn(await smtp.next(email, 'Confirm your email address'));
          expect((await app.http.post('/api/account/email/verify', { token })).status).toBe(204);
        },
        stays: ['password'],
      },
    },
    proof_by_reset: {
      'the first proof by a reset': { isProven: false, perform: ({ email }) => reset(email) },
      'the first proof by an invitation': {
        isProven: false,
        perform: async (account) =>
          reset(account.email, await issueToken(app.database, 'accept_invitation', account)),
      },
    },
    proof_by_provider: {
      'the first proof by a provider': {
        isProven: false,
        before: async ({ email, id }, stranger) => {
          await connect(stranger, 'trusted', { sub: `owner-${id}`, email });
        },
        perform: async ({ email, id }) => {
          const claims = { sub: `owner-${id}`, email, email_verified: true };
          const { body } = await signInWith(app.http, 'trusted', trusted, claims);
          expect(body.user).toMatchObject({ id, emailVerified: true });
        },
      },
    },
    proof_by_operator: {
      'the first proof by the operator': {
        isProven: false,
        perform: async ({ id }) => {
          const user = await app.nest.get(UsersService, { strict: false }).findById(id);
          const vouching = app.nest.get(EmailVouchingService, { strict: false });
          expect(await vouching.vouchFor({ origin: 'cli' }, user!)).toBe(true);
          await app.nest.get(ChangeFeed, { strict: false }).settle();
        },
        stays: ['password'],
      },
    },
    operator_password: {
      'a password that the operator sets': {
        isProven: true,
        perform: async ({ id }) => {
          const passwords = app.nest.get(PasswordSettingService, { strict: false });
          const user = await app.nest.get(UsersService, { strict: false }).findById(id);
          await passwords.setPasswordForOperator({ origin: 'cli' }, user!, NEW_PASSWORD);
          // No answer to a request has waited for the change to be heard of.
          await app.nest.get(ChangeFeed, { strict: false }).settle();
        },
        stays: ['undo_link'],
      },
    },
  };
  const matrix = Object.entries(rows).flatMap(([is, ways]) =>
    Object.entries(ways).map(([name, row]) => ({ ...row, is: is as Recovery, name })),
  );

  it('are all of them tried, with all ways in', () => {
    expect(Object.keys(rows)).toEqual([...RECOVERIES]);
    expect(Object.keys(attach).toSorted()).toEqual([...WAYS_IN].toSorted());
  });

  describe.each(matrix)('$name', (row) => {
    const ways = WAYS_IN.map((way) => [row.stays?.includes(way) ? 'leaves' : 'ends', way] as const);
    it.each(ways)('%s what a stranger attached before: %s [A51]', async (_, way) => {
      const account = await newAccount(row.isProven);
      const stranger = app.http.as((await signIn(app.http, account.username)).accessToken);
      const isLate = row.late?.includes(way) === true;
      let isAlive = isLate ? undefined : await attach[way](account, stranger);
      const owner = await row.before?.(account, stranger, way);
      isAlive ??= await attach[way](account, stranger);
      expect(await isAlive()).toBe(true);
      await row.perform(account, owner ?? app.http, way);
      expect(await isAlive()).toBe(row.stays?.includes(way) === true);
      const events = await sql<{ reason: string }>(
        `SELECT reason FROM audit_events WHERE subject_id = $1 AND action = 'user.recovered'`,
        account.id,
      );
      expect(events).toEqual([{ reason: row.is }]);
    });
  });

  it('are told to the owner, with what was removed', async () => {
    const account = await newAccount(true);
    const stranger = app.http.as((await signIn(app.http, account.username)).accessToken);
    await connect(stranger, 'untrusted', { sub: newSubject(), email: 'thief@evil.example' });
    await reset(account.email);
    const mail = await smtp.next(account.email, 'Ways to sign in were removed');
    expect(mail.text).toContain('Untrusted, as thief@evil.example');
  });

  it('leave the identities that the owner names, and no others', async () => {
    const account = await newAccount(true);
    const session = app.http.as((await signIn(app.http, account.username)).accessToken);
    const [kept, other] = [newSubject(), newSubject()];
    await connect(session, 'untrusted', { sub: kept });
    await connect(session, 'trusted', { sub: other });
    await app.http.post('/api/account/password/reset', { email: account.email });
    const token = tokenIn(await smtp.next(account.email, RESET));
    const { body } = await app.http.post<{ identities: { id: string; label: string }[] }>(
      '/api/account/links/describe',
      { token },
    );
    expect(body).toMatchObject({ username: account.username, address: account.email });
    expect(body.identities.map(({ label }) => label)).toEqual(['Untrusted', 'Trusted']);
    const foreign = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
    await reset(account.email, token, [body.identities[0]!.id, foreign]);
    const again = (name: string, provider: HostileProvider, sub: string) =>
      signInWith(app.http, name, provider, { sub });
    expect((await again('untrusted', untrusted, kept)).body.user.id).toBe(account.id);
    expect((await again('trusted', trusted, other)).body.user.id).not.toBe(account.id);
  });

  it('refuse ids of identities that could be none', async () => {
    const token = await issueToken(app.database, 'reset_password', await newAccount(true));
    for (const keepIdentities of ['x', ['x'], [1], [null], {}, Array(101).fill(token)]) {
      const body = { token, newPassword: NEW_PASSWORD, keepIdentities };
      const answer = await app.http.post('/api/account/password/reset/confirm', body);
      expect(problem(answer).code).toBe('validation_failed');
    }
  });

  it('leave a browser in which the owner signs in afterwards known, and the network of the owner', async () => {
    const account = await newAccount(true);
    await reset(account.email);
    expect(await count('known_networks', account.id)).toBe(1);
    const { body } = await app.http.post<TokensDto>('/api/auth/login', {
      username: account.username,
      password: NEW_PASSWORD,
    });
    expect(body.user.id).toBe(account.id);
  });

  it('let nobody in who was being checked meanwhile', async () => {
    const account = await newAccount(false);
    const users = app.nest.get(UsersService, { strict: false });
    const stale = (await users.findById(account.id))!;
    const session = app.http.as((await signIn(app.http, account.username)).accessToken);
    const token = tokenIn(await smtp.next(account.email, 'Confirm your email address'));
    expect((await session.post('/api/account/email/verify', { token })).status).toBe(204);
    const logins = app.nest.get(LoginService, { strict: false });
    const client = { ip: '203.0.113.7', userAgent: '', requestId: randomUUID() };
    const late = logins.complete({ origin: 'api', client }, { user: stale, amr: ['fed'] });
    await expect(late).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  it('attach nothing for a session that ends while it waits', async () => {
    const account = await newAccount(true);
    const stranger = app.http.as((await signIn(app.http, account.username)).accessToken);
    const begun = await begin(stranger, 'untrusted');
    const owner = new pg.Client({ connectionString: app.database.url });
    await owner.connect();
    try {
      await owner.query('BEGIN');
      await owner.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [account.id]);
      const waiting = complete(stranger, 'untrusted', untrusted, begun, { sub: newSubject() });
      await eventually(
        async () => (await sql('SELECT FROM pg_locks WHERE NOT granted')).length > 0,
        'the stranger waits',
      );
      await owner.query('UPDATE sessions SET ended_at = now() WHERE user_id = $1', [account.id]);
      await owner.query('COMMIT');
      expect(problem(await waiting).code).toBe('invalid_token');
      expect(await count('federated_identities', account.id)).toBe(0);
    } finally {
      await owner.end();
    }
  });

  it('know of every table that names an account whether it is a way in', async () => {
    const known: Record<string, readonly WayIn[]> = {
      federated_identities: ['identity'],
      federation_attempts: ['federation_attempt'],
      known_networks: ['known_network'],
      one_time_tokens: ['mailed_link', 'undo_link'],
      sessions: ['session'],
      // Powers, history and wrong passwords let nobody in.
      audit_personal_changes: [],
      password_failures: [],
      user_search_texts: [],
      username_skeletons: [],
      user_permissions: [],
      user_roles: [],
    };
    const ofColumns: WayIn[] = ['password', 'known_browser'];
    const tables = await sql<{ name: string }>(
      `SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
       WHERE contype = 'f' AND confrelid = 'users'::regclass
       UNION SELECT table_name FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name = 'user_id' ORDER BY name`,
    );
    expect(tables.map(({ name }) => name)).toEqual(Object.keys(known).toSorted());
    const all = [...ofColumns, ...Object.values(known).flat()];
    expect(all.toSorted()).toEqual([...WAYS_IN].toSorted());
  });
});
