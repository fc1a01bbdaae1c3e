import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deriveKey, seal } from '../../src/common/crypto.js';
import { KEY_PURPOSES, type KeyPurpose } from '../../src/common/secret-keys.js';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
  type Tokens,
} from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type HttpClient, problem } from '../support/http.js';
import { eventually, ROOT } from '../support/process.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const OLD = 'the secret of before, 8fQ2mZr7Lw4Tk9Xe1Vb6';
const NEW = 'the secret of today, 3HsP5cYu0Jd7Na2Rg9Wt';
const LOST = 'the secret of nobody, 6BqK1vMx8Ef3Zo5Ly2Ci';
const RESET = 'Choose a new password';

/** Uses what was made under the old secret. It works, and goes on working, or this throws. */
type Use = (http: HttpClient) => Promise<void>;

describe('a change of APP_SECRET', () => {
  let database: TestDatabase;
  let smtp: EmailServer;
  let provider: HostileProvider;
  beforeAll(async () => {
    [database, smtp, provider] = await Promise.all([
      createDatabase(),
      startEmailServer(),
      startHostileProvider(),
    ]);
  });
  afterAll(() => Promise.all([database.close(), smtp.close(), provider.close()]));

  const variablesOf = (secrets: Record<string, string>) => ({
    ...testVariables(database.url),
    SMTP_URL: smtp.url,
    OIDC_REDIRECT_URIS: REDIRECT_URI,
    ...secrets,
  });
  const cli = commandLine();
  const command = (words: string[], secrets: Record<string, string>) =>
    cli(words, variablesOf(secrets));
  const idsOf = async (secrets: Record<string, string>) => {
    const { output } = await command(['check', '--json'], secrets);
    const { findings } = JSON.parse(output) as { findings: { id: string; what: string }[] };
    return Object.fromEntries(findings.map(({ id, what }) => [id, what]));
  };
  const oneRow = async (text: string, values: unknown[]) => {
    const rows = await database.sql<{ value: unknown }>(text, values);
    expect(rows).toHaveLength(1);
    return rows[0]!.value;
  };
  const addProvider = async (name: string) => {
    const { issuer, clientId, clientSecret } = provider;
    const origin = new URL(issuer).origin;
    const context = JSON.stringify([name, issuer, clientId, origin]);
    await database.sql(
      `INSERT INTO identity_providers (name, label, issuer, client_id, token_origin, scopes,
         trusts_email, sealed_client_secret)
       VALUES ($1, $1, $2, $3, $4, 'openid email', false, $5)`,
      [
        name,
        issuer,
        clientId,
        origin,
        `2.${seal(deriveKey(OLD, 'identity-providers'), clientSecret, context)}`,
      ],
    );
  };
  /** An email that was given up, as the old secret sealed it. */
  const addEmail = async (to: string) => {
    const id = randomUUID();
    const content = { to, data: { username: 'ann', resetLink: 'http://localhost:3000/' } };
    await database.sql(
      `INSERT INTO mails (id, message_id, template, sealed_content, created_at, queued_at, failed_at)
       VALUES ($1::uuid, $1::text, 'email_verified', $2, now(), now(), now())`,
      [id, seal(deriveKey(OLD, 'mails'), JSON.stringify(content), id)],
    );
    return id;
  };

  /** Makes something of each purpose. The result is used once under both secrets, then under the new one alone. */
  const make: Record<KeyPurpose, (http: HttpClient) => Promise<Use>> = {
    'signing-keys': async (http) => {
      const { accessToken, username } = await newSession(http);
      return async (later) => {
        expect((await later.as(accessToken).get('/api/users/me')).status).toBe(200);
        await signIn(later, username);
      };
    },
    'refresh-tokens': async (http) => {
      let { refreshToken } = await newSession(http);
      return async (later) => {
        const { status, body } = await later.post<Tokens>('/api/auth/refresh', { refreshToken });
        expect(status).toBe(200);
        ({ refreshToken } = body);
      };
    },
    'page-cookies': async (http) => {
      const { username } = await register(http);
      const visitor = new Visitor(http);
      await visitor.post('/accounts/login', { username, password: PASSWORD, remember: 'on' });
      let { cookies } = visitor;
      let form = await visitor.get('/accounts/profile');
      return async (later) => {
        const again = new Visitor(later);
        for (const [name, value] of cookies) again.cookies.set(name, value);
        const token = /name="_token" value="([^"]+)"/.exec(form.text)![1]!;
        // A form that was open meanwhile is accepted: what it lacks is said at its fields.
        const sent = await again.send('/accounts/profile', { _token: token, firstName: 'Ann' });
        expect([200, 303, 422]).toContain(sent.status);
        form = await again.get('/accounts/profile');
        expect(form.status).toBe(200);
        expect([...again.cookies.keys()].toSorted()).toEqual([...cookies.keys()].toSorted());
        ({ cookies } = again);
      };
    },
    'browser-seals': async (http) => {
      const { id, email } = await register(http);
      const token = await issueToken(database, 'prove_email', { id, email });
      const visitor = new Visitor(http);
      const opened = await visitor.get(`/accounts/email/verify?token=${token}`);
      let address = opened.headers.get('location')!;
      let { cookies } = visitor;
      return async (later) => {
        const again = new Visitor(later);
        for (const [name, value] of cookies) again.cookies.set(name, value);
        const { status, text } = await again.get(address);
        expect(status).toBe(200);
        // The page seals its link anew.
        address = `/accounts/email/verify?link=${/name="link" value="([^"]+)"/.exec(text)![1]!}`;
        ({ cookies } = again);
      };
    },
    'one-time-tokens': async (http) => {
      const { email, id } = await register(http);
      await database.settled();
      await database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [id]);
      await http.post('/api/account/password/reset', { email });
      const token = tokenIn(await smtp.next(email, RESET));
      let uses = 0;
      return async (later) => {
        const described = await later.post('/api/account/links/describe', { token });
        expect(described.status).toBe(200);
        if (++uses > 1) return;
        // The same link is sent again.
        await later.post('/api/account/password/reset', { email });
        expect(tokenIn(await smtp.next(email, RESET))).toBe(token);
      };
    },
    mails: async () => {
      const emails = [newUsername(), newUsername()].map((name) => `${name}@example.com`);
      const ids = await Promise.all(emails.map(addEmail));
      let uses = 0;
      return async () => {
        const secrets = { APP_SECRET: NEW, APP_SECRET_PREVIOUS: uses === 0 ? OLD : '' };
        const { output } = await command(['mail', 'retry', ids[uses]!], secrets);
        expect(output).toBe('1 mail is tried again.');
        await smtp.next(emails[uses++]!);
      };
    },
    'identity-providers': async () => {
      const name = `kept-${newUsername()}`;
      await addProvider(name);
      return async (later) => {
        const { status } = await signInWith(later, name, provider, { sub: newUsername() });
        expect(status).toBe(200);
      };
    },
    'federation-attempts': async (http) => {
      const name = `begun-${newUsername()}`;
      await addProvider(name);
      const begun = [await start(http, name), await start(http, name)];
      return async (later) => {
        const { authorizationUrl, handle } = begun.pop()!;
        provider.claims = { sub: newUsername() };
        const { code, state } = await provider.authorize(authorizationUrl);
        const path = `/api/auth/federation/${name}/complete`;
        expect((await later.post(path, { handle, code, state })).status).toBe(200);
      };
    },
    'known-networks': async (http) => {
      const { username, user } = await newSession(http);
      return async (later) => {
        await signIn(later, username);
        await oneRow('SELECT network AS value FROM known_networks WHERE user_id = $1', [user.id]);
      };
    },
    'password-failures': async (http) => {
      const { accessToken, user } = await newSession(http);
      let failures = 0;
      const guess = async (there: HttpClient) => {
        const body = { currentPassword: 'wrong', newPassword: 'a brand new passphrase' };
        await there.as(accessToken).post('/api/account/password/change', body);
        const text = 'SELECT failures AS value FROM password_failures WHERE user_id = $1';
        expect(await oneRow(text, [user.id])).toBe(++failures);
      };
      await guess(http);
      return guess;
    },
    limits: async (http) => {
      let counted = 0;
      const begin = async (there: HttpClient) => {
        await register(there);
        const text = `SELECT points AS value FROM limit_counters WHERE key LIKE 'registrations_per_ip:%'`;
        const points = (await oneRow(text, [])) as number;
        expect(points).toBeGreaterThan(counted);
        counted = points;
      };
      await begin(http);
      return begin;
    },
    'audit-chain': async () => {
      await database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
      await database.settled();
      let uses = 0;
      return async () => {
        await database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
        await database.settled();
        const both = { APP_SECRET: NEW, APP_SECRET_PREVIOUS: OLD };
        expect((await command(['audit', 'verify'], both)).code).toBe(0);
        if (++uses === 1) return;
        // The past needs the key of the past: for this command alone.
        expect((await command(['audit', 'verify'], { APP_SECRET: NEW })).output).toContain(
          'Set APP_SECRET_PREVIOUS',
        );
      };
    },
  };

  const uses = new Map<KeyPurpose, Use>();

  it('is tried with everything that keys are derived for', () => {
    expect(Object.keys(make).toSorted()).toEqual([...KEY_PURPOSES]);
    const users = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(?<!\.spec)\.tsx?$/.test(file))
      .filter((file) =>
        /\bderive(?:Mac)?Key\b/.test(readFileSync(join(ROOT, 'src', file), 'utf8')),
      );
    expect(users.toSorted()).toEqual(['common/crypto.ts', 'common/secret-keys.ts']);
  });

  describe('before it', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await startApp(variablesOf({ APP_SECRET: OLD }));
    });
    afterAll(async () => {
      // An email that still waits would be counted with those that were given up.
      await database.settled();
      await app.close();
    });

    it.each(KEY_PURPOSES)('%s are made', async (purpose) => {
      uses.set(purpose, await make[purpose](app.http));
    });
  });

  it('without the old secret names everything that cannot be read', async () => {
    const found = await idsOf({ APP_SECRET: LOST });
    expect(Object.keys(found)).toEqual(['gatehouse.E004', 'gatehouse.E005']);
    for (const what of [
      /signing keys \(2\)/,
      /secrets of providers \(2\)/,
      /emails [^,]*\(2\)/,
      /the audit trail/,
    ]) {
      expect(found['gatehouse.E005']).toMatch(what);
    }
    const before = await database.sql('SELECT id, failed_at FROM mails ORDER BY id');
    const { code, output } = await command(['mail', 'retry'], { APP_SECRET: LOST });
    expect(code).toBe(1);
    expect(output).toContain('2 mails cannot be read: encrypted under another APP_SECRET.');
    expect(await database.sql('SELECT id, failed_at FROM mails ORDER BY id')).toEqual(before);
  });

  describe('with the old one as APP_SECRET_PREVIOUS', () => {
    const secrets = { APP_SECRET: NEW, APP_SECRET_PREVIOUS: OLD };
    let app: TestApp;
    beforeAll(async () => {
      expect((await idsOf(secrets))['gatehouse.W008']).toMatch(
        /still in use by signing keys \(2\)/,
      );
      app = await startApp(variablesOf(secrets));
    });
    afterAll(() => app.close());

    it.each(KEY_PURPOSES)('%s go on working', async (purpose) => {
      await uses.get(purpose)!(app.http);
    });

    it('what is in the database is sealed anew, and check names the sessions that are left', async () => {
      await eventually(async () => {
        const found = await idsOf(secrets);
        expect(Object.keys(found)).toEqual(['gatehouse.W008']);
        return /still in use by sessions \(\d+, until \d{4}-\d\d-\d\d\)\.$/.test(
          found['gatehouse.W008']!,
        );
      }, 'sealed anew');
      await database.sql(`UPDATE sessions SET last_seen_at = now() + interval '2 hours'`);
      expect((await idsOf(secrets))['gatehouse.W008']).toContain(
        'nothing in the database needs it',
      );
    });
  });

  describe('when the old one is gone', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await startApp(variablesOf({ APP_SECRET: NEW }));
    });
    afterAll(() => app.close());

    it.each(KEY_PURPOSES)('%s work as well', async (purpose) => {
      await uses.get(purpose)!(app.http);
    });
  });

  it('to one that nobody knew blames itself for a provider, and never the provider', async () => {
    const name = `lost-${newUsername()}`;
    await addProvider(name);
    for (let i = 0; i < 2; i++) await command(['keys', 'rotate'], { APP_SECRET: LOST });
    const app = await startApp(variablesOf({ APP_SECRET: LOST }));
    try {
      const { length } = provider.asked;
      const body = { redirectUri: REDIRECT_URI };
      const answer = await app.http.post(`/api/auth/federation/${name}/start`, body);
      expect(problem(answer)).toMatchObject({ status: 500, code: 'provider_secret_unreadable' });
      expect(problem(answer).detail).not.toContain('answered');
      expect(provider.asked).toHaveLength(length);
    } finally {
      await app.close();
    }
  });
});
