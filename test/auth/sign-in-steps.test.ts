import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { REDIRECT_URI, start } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { eventually } from '../support/process.js';
import { type EmailServer, startEmailServer } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

/** An account with a password and an identity at the provider. */
interface Owner {
  id: string;
  username: string;
  sub: string;
}

/** What a door answered. */
interface Outcome {
  status: number;
  code?: unknown;
}

const now = () => Math.floor(Date.now() / 1000);
const METRICS_TOKEN = 'sT4xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6b';
let serial = 0;

describe('the steps of a sign-in', () => {
  let app: TestApp;
  let mails: EmailServer;
  let provider: HostileProvider;
  beforeAll(async () => {
    mails = await startEmailServer();
    provider = await startHostileProvider();
    app = await startApp({
      ...provider.variables('my-company'),
      OIDC_REDIRECT_URIS: REDIRECT_URI,
      SMTP_URL: mails.url,
      METRICS_TOKEN,
      EMAIL_VERIFICATION: 'mandatory',
    });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), mails.close()]);
  });
  afterEach(() => {
    provider.claims = {};
  });

  async function newOwner(): Promise<Owner> {
    const { id, username } = await register(app.http, { username: newUsername() });
    await app.database.settled();
    const sub = `owner-${++serial}`;
    await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [id]);
    await app.database.sql(
      `INSERT INTO federated_identities (user_id, issuer, subject, known_as, created_at, last_used_at)
       VALUES ($1, $2, $3, '', now(), now())`,
      [id, provider.issuer, sub],
    );
    return { id, username, sub };
  }

  const passwordOf = ({ username }: Owner) => ({ username, password: PASSWORD });

  async function tokensOf(owner: Owner) {
    const { body } = await app.http.post('/api/auth/login', passwordOf(owner));
    return app.http.as(body.accessToken as string);
  }

  async function browserOf(owner: Owner) {
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', passwordOf(owner));
    return visitor;
  }

  async function atProvider(owner: Owner, authorizationUrl: string) {
    provider.claims = { sub: owner.sub, auth_time: now() };
    return provider.authorize(authorizationUrl);
  }

  async function throughBrowser(visitor: Visitor, owner: Owner, path: string) {
    const { headers } = await visitor.get(path);
    const answer = await atProvider(owner, headers.get('location')!);
    return visitor.get(
      `/accounts/federation/my-company/callback?${new URLSearchParams(answer).toString()}`,
    );
  }

  /** Every way to open a session, or to renew one. What needs a session is given one while all is well. */
  const DOORS: Record<string, (owner: Owner) => Promise<() => Promise<Outcome>>> = {
    'the API, by password': async (owner) => async () => {
      const { status, body } = await app.http.post('/api/auth/login', passwordOf(owner));
      return { status, code: body.code };
    },
    'a page, by password': async (owner) => async () =>
      new Visitor(app.http).post('/accounts/login', passwordOf(owner)),
    'the API, by a provider': async (owner) => async () => {
      const { authorizationUrl, handle } = await start(app.http, 'my-company');
      const answer = await atProvider(owner, authorizationUrl);
      const path = '/api/auth/federation/my-company/complete';
      const { status, body } = await app.http.post(path, { handle, ...answer });
      return { status, code: body.code };
    },
    'a page, by a provider': async (owner) => async () =>
      throughBrowser(new Visitor(app.http), owner, '/accounts/federation/my-company'),
    'the API again, by password': async (owner) => {
      const http = await tokensOf(owner);
      return async () => {
        const { status, body } = await http.post('/api/auth/reauthenticate', {
          password: PASSWORD,
        });
        return { status, code: body.code };
      };
    },
    'a page again, by password': async (owner) => {
      const visitor = await browserOf(owner);
      return async () => visitor.post('/accounts/reauthenticate', { password: PASSWORD });
    },
    'the API again, by a provider': async (owner) => {
      const http = await tokensOf(owner);
      return async () => {
        const path = '/api/auth/federation/my-company';
        const body = { redirectUri: REDIRECT_URI, purpose: 'reauthenticate' };
        const begun = await http.post<{ authorizationUrl: string; handle: string }>(
          `${path}/start`,
          body,
        );
        if (begun.status !== 200) return { status: begun.status };
        const answer = await atProvider(owner, begun.body.authorizationUrl);
        const { handle } = begun.body;
        const done = await http.post(`${path}/complete`, { handle, ...answer });
        return { status: done.status, code: done.body.code };
      };
    },
    'a page again, by a provider': async (owner) => {
      const visitor = await browserOf(owner);
      return async () => {
        const { headers } = await visitor.get('/accounts/federation/my-company/again');
        const location = headers.get('location')!;
        // Without a session nothing is begun.
        if (!location.startsWith(provider.issuer)) return { status: 401 };
        const answer = await atProvider(owner, location);
        const query = new URLSearchParams(answer).toString();
        return visitor.get(`/accounts/federation/my-company/callback?${query}`);
      };
    },
  };

  /** What stands against a sign-in, and the reason in the audit trail. */
  const OBSTACLES: Record<string, { sql: string; reasons: string[] }> = {
    'an address that is not proven': {
      sql: 'UPDATE users SET email_verified_at = NULL WHERE id = $1',
      reasons: ['email_not_verified'],
    },
    'an inactive account': {
      sql: 'UPDATE users SET is_active = false WHERE id = $1',
      reasons: ['inactive_account', 'invalid_credentials'],
    },
  };

  const sessionsOf = (id: string) =>
    app.database.sql(
      `SELECT id, authenticated_at, amr FROM sessions WHERE user_id = $1 AND ended_at IS NULL ORDER BY id`,
      [id],
    );
  const reasonsOf = async (id: string) =>
    (
      await app.database.sql<{ reason: string }>(
        `SELECT reason FROM audit_events WHERE subject_id = $1 AND action = 'user.sign_in_failed'`,
        [id],
      )
    ).map(({ reason }) => reason);
  const failures = async () => {
    const { text } = await app.http.as(METRICS_TOKEN).get('/metrics');
    const counts = [
      ...text.matchAll(/^gatehouse_sign_ins_total\{result="(?!success)\w+"\} (\d+)/gm),
    ];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  describe.each(Object.keys(DOORS))('at %s', (door) => {
    it('let in an account against which nothing stands', async () => {
      const owner = await newOwner();
      const knock = await DOORS[door]!(owner);
      const before = await sessionsOf(owner.id);
      const { status } = await knock();
      expect([200, 204, 303]).toContain(status);
      expect(await sessionsOf(owner.id)).not.toEqual(before);
      expect(await reasonsOf(owner.id)).toEqual([]);
    });

    it.each(Object.keys(OBSTACLES))(
      'refuse %s: no session is opened or renewed, and it is recorded once [ASVS 6.3.4, 16.3.1]',
      async (obstacle) => {
        const { sql, reasons } = OBSTACLES[obstacle]!;
        const owner = await newOwner();
        const knock = await DOORS[door]!(owner);
        await app.database.sql(sql, [owner.id]);
        await app.database.settled();
        const before = await sessionsOf(owner.id);
        const counted = await failures();
        const { status, code } = await knock();
        expect(await sessionsOf(owner.id)).toEqual(before);
        const recorded = await reasonsOf(owner.id);
        // Deactivation has ended the session that would be renewed: that is no sign-in.
        if (obstacle === 'an inactive account' && door.includes('again')) {
          expect(recorded).toEqual([]);
          expect(status === 303 || status === 401).toBe(true);
          return;
        }
        expect(recorded).toHaveLength(1);
        expect(reasons).toContain(recorded[0]);
        expect(await failures()).toBe(counted + 1);
        expect(status).toBeGreaterThanOrEqual(400);
        if (code !== undefined && obstacle === 'an address that is not proven') {
          expect(code).toBe('email_not_verified');
        }
      },
    );
  });

  it('send the link again to a known identity whose address is not proven', async () => {
    const owner = await newOwner();
    await app.database.sql('UPDATE users SET email_verified_at = NULL WHERE id = $1', [owner.id]);
    const email = `${owner.username}@example.com`;
    const count = mails.unread(email).length;
    const knock = await DOORS['the API, by a provider']!(owner);
    expect(await knock()).toEqual({ status: 403, code: 'email_not_verified' });
    await eventually(() => mails.unread(email).length === count + 1, 'the link is sent again');
  });
});
