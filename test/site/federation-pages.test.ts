import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { issueToken, newUsername, PASSWORD, register } from '../support/accounts.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { Visitor } from '../support/visitor.js';

const { ChangeFeed } = await built<typeof import('../../src/platform/database/change-feed.js')>(
  'src/platform/database/change-feed.js',
);

let serial = 0;
const newSubject = () => `subject-${++serial}`;

describe('pages for signing in with a provider', () => {
  let app: TestApp;
  let provider: HostileProvider;
  let evil: HostileProvider;
  beforeAll(async () => {
    provider = await startHostileProvider();
    evil = await startHostileProvider();
    app = await startApp({
      ...provider.variables('my-company'),
      ...evil.variables('evil'),
    });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), evil.close()]);
  });
  afterEach(() => {
    for (const one of [provider, evil]) {
      Object.assign(one, { claims: {}, userInfo: {}, forge: undefined, takeOver: undefined });
    }
  });

  const pathOf = (address: string) => address.replace(PUBLIC_URL, '');

  /** Has a browser begin, and sign in there; returns the address that the provider sends it back to. */
  async function goThere(visitor: Visitor, path: string, claims: object = {}, at = provider) {
    const { headers, status, text } = await visitor.get(path);
    if (status !== 303) throw new Error(`expected 303, got ${status}: ${text}`);
    return comeBack(headers.get('location')!, claims, at);
  }

  async function comeBack(authorizationUrl: string, claims: object, at = provider) {
    at.claims = { ...claims };
    const answer = await fetch(authorizationUrl, { redirect: 'manual' });
    return pathOf(answer.headers.get('location')!);
  }

  async function signInWith(claims: object, next = '') {
    const visitor = new Visitor(app.http);
    const query = next && `?next=${encodeURIComponent(next)}`;
    const callback = await goThere(visitor, `/accounts/federation/my-company${query}`, claims);
    return { visitor, answer: await visitor.get(callback), callback };
  }

  /** A browser in which somebody is signed in with a password. */
  async function passwordVisitor() {
    const { username, id } = await register(app.http);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    return { visitor, username, id };
  }

  const isSignedIn = async (visitor: Visitor) =>
    (await visitor.get('/accounts/profile')).status === 200;
  const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

  it('lets somebody in, and on to where they wanted to go [ASVS 10.1.2]', async () => {
    const { visitor, answer } = await signInWith({ sub: newSubject() }, '/accounts/sessions');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/accounts/sessions');
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('binds it to the browser by a cookie that no script reads and no other host sets [ASVS 3.3.1, 3.3.4, 10.2.1]', async () => {
    const second = await startApp({
      ...provider.variables('my-company'),
      PUBLIC_URL: 'https://accounts.example.com',
    });
    try {
      const answer = await second.http.get('/accounts/federation/my-company');
      expect(answer.headers.getSetCookie()).toEqual([
        expect.stringMatching(/^__Host-form=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      ]);
    } finally {
      await second.close();
    }
  });

  it('asks for exactly the callback of PUBLIC_URL, whatever the request says [A61] [ASVS 10.2.2]', async () => {
    const { headers } = await new Visitor(app.http).get(
      '/accounts/federation/my-company?redirect_uri=https://evil.example&scope=admin&state=x&prompt=none',
      { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    );
    const query = new URL(headers.get('location')!).searchParams;
    expect(query.get('redirect_uri')).toBe(`${PUBLIC_URL}/accounts/federation/my-company/callback`);
    expect(query.get('scope')).toBe('openid email profile');
    expect(query.has('prompt')).toBe(false);
    expect(query.getAll('state')).toHaveLength(1);
  });

  it('confirms the address of an account without a password in the same step, where that is mandatory', async () => {
    const second = await startApp({
      ...provider.variables('my-company'),
      EMAIL_VERIFICATION: 'mandatory',
    });
    try {
      const visitor = new Visitor(second.http);
      const claims = { sub: newSubject(), email: `${newUsername()}@example.com` };
      const begin = '/accounts/federation/my-company';
      const refused = await visitor.get(await goThere(visitor, begin, claims));
      expect(refused.status).toBe(403);
      const [account] = await second.database.sql<{ id: string; email: string }>(
        'SELECT id, email FROM users WHERE email = $1',
        [claims.email],
      );
      const token = await issueToken(second.database, 'prove_email', account!);
      const opened = await visitor.get(`/accounts/email/verify?token=${token}`);
      const { text } = await visitor.get(opened.headers.get('location')!);
      expect(textOf(text)).toContain('with My Company');
      expect(text).not.toContain('type="password"');
      const [, link] = /href="(\/accounts\/federation\/my-company\?next=[^"]+)"/.exec(text)!;
      // Another identity opens another account, and proves nothing of this one.
      const stranger = { sub: newSubject(), email: `${newUsername()}@example.com` };
      expect((await visitor.get(await goThere(visitor, link!, stranger))).status).toBe(403);
      const answer = await visitor.get(await goThere(visitor, link!, claims));
      expect(answer.headers.get('location')).toBe('/accounts/profile');
      const profile = await visitor.get('/accounts/profile');
      expect(profile.text).toContain('Your email address is confirmed.');
    } finally {
      await second.close();
    }
  });

  it.each(['//evil.example', 'https://evil.example', '/accounts/federation/my-company', 'x'])(
    'goes on to no other place: not to %j [A40]',
    async (next) => {
      const { answer } = await signInWith({ sub: newSubject() }, next);
      expect(answer.headers.get('location')).toBe('/accounts/profile');
    },
  );

  it('signs nobody in whom another site sends here, before they say so [ASVS 7.6.2]', async () => {
    const path = '/accounts/federation/my-company?next=%2Faccounts%2Fsessions';
    for (const site of ['cross-site', 'same-site']) {
      const visitor = new Visitor(app.http);
      const { status, text, headers } = await visitor.get(path, { 'sec-fetch-site': site });
      expect(status).toBe(200);
      expect(text).toContain(`href="${path}"`);
      expect(headers.get('set-cookie') ?? '').not.toContain('federation');
    }
    for (const site of ['same-origin', 'none']) {
      const { status } = await new Visitor(app.http).get(path, { 'sec-fetch-site': site });
      expect(status).toBe(303);
    }
  });

  describe('in the wrong browser, or twice [A36]', () => {
    it('takes no answer that another browser began', async () => {
      const attacker = new Visitor(app.http);
      const callback = await goThere(attacker, '/accounts/federation/my-company', {
        sub: newSubject(),
      });
      const victim = new Visitor(app.http);
      await victim.get('/accounts/federation/my-company');
      for (const visitor of [victim, new Visitor(app.http)]) {
        const { status, text } = await visitor.get(callback);
        expect(status).toBe(400);
        expect(textOf(text)).toContain('This sign-in is over');
        expect(text).toContain('href="/accounts/federation/my-company"');
        expect(await isSignedIn(visitor)).toBe(false);
      }
      // Who began it is not kept from ending it.
      expect((await attacker.get(callback)).status).toBe(303);
    });

    it('takes an answer once', async () => {
      const visitor = new Visitor(app.http);
      const callback = await goThere(visitor, '/accounts/federation/my-company', {
        sub: newSubject(),
      });
      const cookie = visitor.header;
      expect((await visitor.get(callback)).status).toBe(303);
      const replayed = await app.http.get(callback, { cookie, accept: 'text/html' });
      expect(replayed.status).toBe(400);
    });

    it('takes no answer with a cookie that somebody made up', async () => {
      const visitor = new Visitor(app.http);
      const callback = await goThere(visitor, '/accounts/federation/my-company', {
        sub: newSubject(),
      });
      visitor.cookies.set('gatehouse-form', 'eA.eA');
      expect((await visitor.get(callback)).status).toBe(400);
    });

    it('takes the answers of two tabs, in any order', async () => {
      for (const isReversed of [false, true]) {
        const visitor = new Visitor(app.http);
        const begin = async (next: string) => {
          const subject = newSubject();
          const path = `/accounts/federation/my-company?next=${encodeURIComponent(next)}`;
          return { subject, next, callback: await goThere(visitor, path, { sub: subject }) };
        };
        const tabs = [await begin('/accounts/sessions'), await begin('/accounts/email/change')];
        for (const { callback, next, subject } of isReversed ? tabs.toReversed() : tabs) {
          // What the provider answers depends on the person in that tab.
          provider.claims = { sub: subject };
          const { status, headers } = await visitor.get(callback);
          expect({ status, to: headers.get('location') }).toEqual({ status: 303, to: next });
        }
      }
    });

    it('does not mix two providers up', async () => {
      const visitor = new Visitor(app.http);
      const callback = await goThere(visitor, '/accounts/federation/my-company', {
        sub: newSubject(),
      });
      await visitor.get('/accounts/federation/evil');
      const elsewhere = callback.replace('my-company', 'evil');
      expect((await visitor.get(elsewhere)).status).toBe(400);
      evil.asked.length = 0;
      const told = await visitor.get(`${callback}&iss=${encodeURIComponent(evil.issuer)}`);
      expect(told.status).toBe(502);
      expect(evil.asked).toEqual([]);
    });

    it.each(['', '?state=x', '?code=x', '?state=a&state=b&code=x', `?state=${'x'.repeat(3000)}`])(
      'takes no answer that is none: %.30j',
      async (query) => {
        const visitor = new Visitor(app.http);
        await visitor.get('/accounts/federation/my-company');
        const { status } = await visitor.get(`/accounts/federation/my-company/callback${query}`);
        expect(status).toBe(400);
      },
    );
  });

  it('sends a form of the provider on as an address, with nothing else, and does nothing [A35]', async () => {
    const before = await app.database.fingerprint('audit_events');
    const form = new URLSearchParams({
      code: 'a b',
      state: 'c&d',
      user: '{"name":"x"}',
      next: '/',
    });
    const { status, headers } = await app.http.send(
      'POST',
      '/accounts/federation/my-company/callback',
      form.toString(),
      {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'cross-site',
        origin: 'https://appleid.apple.com',
        accept: 'text/html',
      },
    );
    expect(status).toBe(303);
    expect(headers.get('location')).toBe(
      '/accounts/federation/my-company/callback?code=a+b&state=c%26d',
    );
    expect(headers.getSetCookie()).toEqual([]);
    expect(await app.database.fingerprint('audit_events')).toBe(before);
  });

  describe('that does not work [A63]', () => {
    it('says what to do when somebody did not consent', async () => {
      const visitor = new Visitor(app.http);
      const { headers } = await visitor.get('/accounts/federation/my-company');
      const state = new URL(headers.get('location')!).searchParams.get('state')!;
      const query = new URLSearchParams({
        error: 'access_denied',
        error_description: '<b>pwned</b>',
        state,
      });
      const { status, text } = await visitor.get(
        `/accounts/federation/my-company/callback?${query.toString()}`,
      );
      expect(status).toBe(403);
      expect(textOf(text)).toContain('You did not sign in at My Company');
      expect(text).not.toContain('pwned');
      expect(text).toContain('href="/accounts/login"');
    });

    it('says so when the provider is down, and lets the password in', async () => {
      const down = await startHostileProvider();
      const second = await startApp(down.variables('my-company'));
      try {
        await down.close();
        const visitor = new Visitor(second.http);
        const { status, text } = await visitor.get('/accounts/federation/my-company');
        expect(status).toBe(503);
        expect(textOf(text)).toContain('My Company cannot be reached at the moment');
        const { username } = await register(second.http);
        const answer = await visitor.post('/accounts/login', { username, password: PASSWORD });
        expect(answer.status).toBe(303);
      } finally {
        await second.close();
      }
    });

    it('tells who has an account already how to connect it', async () => {
      const { email, id } = await register(app.http);
      await app.database.settled();
      await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [id]);
      const { answer } = await signInWith({ sub: newSubject(), email, email_verified: true });
      expect(answer.status).toBe(409);
      expect(textOf(answer.text)).toContain('connect My Company on your profile');
    });

    it('shows 404 for a provider that is not there', async () => {
      for (const path of ['', '/callback?state=x&code=x', '/again']) {
        const { visitor } = await passwordVisitor();
        const browser = path === '/again' ? visitor : new Visitor(app.http);
        const { status } = await browser.get(`/accounts/federation/nothing${path}`);
        expect([400, 404]).toContain(status);
      }
    });
  });

  describe('on the profile', () => {
    it('connect and disconnect', async () => {
      const { visitor } = await passwordVisitor();
      const sub = newSubject();
      const begun = await visitor.post('/accounts/federation/my-company/connect');
      expect(begun.status).toBe(200);
      const [, target] = /^0; url=(.+)$/.exec(begun.headers.get('refresh')!)!;
      const callback = await comeBack(target!, { sub, email: 'me@example.com' });
      // A GET that changes something: the very next one shows it.
      const settle = jest.spyOn(app.nest.get(ChangeFeed), 'settle');
      const connected = await visitor.get(callback);
      expect(settle).toHaveBeenCalledTimes(1);
      settle.mockRestore();
      expect(connected.headers.get('location')).toBe('/accounts/profile');
      const { text } = await visitor.get('/accounts/profile');
      expect(textOf(text)).toContain('My Company is connected');
      expect(textOf(text)).toContain('me@example.com');
      const [, action] = /action="(\/accounts\/identities\/[^"]+)"/.exec(text)!;
      expect((await visitor.post(action!)).status).toBe(303);
      expect(textOf((await visitor.get('/accounts/profile')).text)).toContain('It is disconnected');
    });

    it('keep the last way in', async () => {
      const { visitor } = await signInWith({
        sub: newSubject(),
        auth_time: Math.floor(Date.now() / 1000),
      });
      // It is not offered; a page that was opened before may still send it.
      const { text } = await visitor.get('/accounts/profile');
      expect(text).not.toMatch(/action="\/accounts\/identities\/[^"]+"/);
      const [identity] = await app.database.sql<{ id: string }>(
        'SELECT id FROM federated_identities ORDER BY created_at DESC LIMIT 1',
      );
      await visitor.post(`/accounts/identities/${identity!.id}/disconnect`);
      expect(textOf((await visitor.get('/accounts/profile')).text)).toContain(
        'This is the only way to sign in',
      );
    });

    it('connect nobody who came back to another session [A36]', async () => {
      const attacker = await passwordVisitor();
      const begun = await attacker.visitor.post('/accounts/federation/my-company/connect');
      const [, target] = /^0; url=(.+)$/.exec(begun.headers.get('refresh')!)!;
      const callback = await comeBack(target!, { sub: newSubject() });
      const victim = await passwordVisitor();
      // Even if the attacker could plant the cookie.
      const name = 'gatehouse-form';
      victim.visitor.cookies.set(name, attacker.visitor.cookies.get(name)!);
      expect((await victim.visitor.get(callback)).status).toBe(400);
      const rows = await app.database.sql('SELECT 1 FROM federated_identities WHERE user_id = $1', [
        victim.id,
      ]);
      expect(rows).toEqual([]);
    });

    it('say what to do where a password is asked for and there is none', async () => {
      const { visitor } = await signInWith({ sub: newSubject() });
      for (const path of [
        '/accounts/password/change',
        '/accounts/email/change',
        '/accounts/delete',
      ]) {
        const { text } = await visitor.get(path);
        expect(textOf(text)).toContain('Your account has no password yet');
      }
      const { visitor: other } = await passwordVisitor();
      const { text } = await other.get('/accounts/password/change');
      expect(text).not.toContain('no password yet');
    });
  });

  describe('for who is asked to sign in again [ASVS 7.5.3, 6.8.4]', () => {
    const now = () => Math.floor(Date.now() / 1000);

    it('ask the provider to have them sign in there, and begin a new session', async () => {
      const sub = newSubject();
      const { visitor } = await signInWith({ sub });
      const page = await visitor.get('/accounts/reauthenticate?next=/accounts/sessions');
      expect(page.text).toContain('/accounts/federation/my-company/again?next=');
      expect(page.text).not.toContain('type="password"');
      const { headers } = await visitor.get(
        '/accounts/federation/my-company/again?next=/accounts/sessions',
      );
      const target = headers.get('location')!;
      expect(new URL(target).searchParams.get('max_age')).toBe('0');
      const old = visitor.cookies.get('gatehouse-session')!;
      const callback = await comeBack(target, { sub, auth_time: now() });
      const answer = await visitor.get(callback);
      expect(answer.headers.get('location')).toBe('/accounts/sessions');
      expect(visitor.cookies.get('gatehouse-session')).not.toBe(old);
      const before = new Visitor(app.http);
      before.cookies.set('gatehouse-session', old);
      expect(await isSignedIn(before)).toBe(false);
      expect(await isSignedIn(visitor)).toBe(true);
    });

    it.each([
      ['that remembers them', () => ({ auth_time: now() - 3_600 }), 403],
      ['that does not tell', () => ({}), 403],
      ['where they are somebody else', () => ({ sub: newSubject(), auth_time: now() }), 400],
    ])('believe no provider %s', async (_, more, status) => {
      const sub = newSubject();
      const { visitor } = await signInWith({ sub });
      const session = visitor.cookies.get('gatehouse-session');
      const callback = await goThere(visitor, '/accounts/federation/my-company/again', {
        sub,
        ...more(),
      });
      expect((await visitor.get(callback)).status).toBe(status);
      expect(visitor.cookies.get('gatehouse-session')).toBe(session);
    });

    it('take nobody from another account', async () => {
      const sub = newSubject();
      await signInWith({ sub });
      const { visitor } = await passwordVisitor();
      const callback = await goThere(visitor, '/accounts/federation/my-company/again', {
        sub,
        auth_time: now(),
      });
      expect((await visitor.get(callback)).status).toBe(400);
    });
  });

  it('offer every provider, on the pages to sign in and to register', async () => {
    const visitor = new Visitor(app.http);
    for (const path of ['/accounts/login?next=%2Faccounts%2Fsessions', '/accounts/register']) {
      const { text } = await visitor.get(path);
      expect(text).toContain('Continue with My Company');
      expect(text).toContain('Continue with Evil');
    }
    const { text } = await visitor.get('/accounts/login?next=%2Faccounts%2Fsessions');
    expect(text).toContain('/accounts/federation/my-company?next=%2Faccounts%2Fsessions');
  });

  it('send who is signed in on, without asking anybody', async () => {
    const { visitor } = await passwordVisitor();
    const { headers } = await visitor.get(
      '/accounts/federation/my-company?next=/accounts/sessions',
    );
    expect(headers.get('location')).toBe('/accounts/sessions');
  });

  describe('for administrators', () => {
    const adminVisitor = async (isSuperuser: boolean) => {
      const { visitor, id } = await passwordVisitor();
      await app.database.sql(
        `INSERT INTO user_permissions SELECT $1, codename FROM permissions WHERE codename LIKE 'identity-providers.%'`,
        [id],
      );
      await app.database.sql('UPDATE users SET is_superuser = $2 WHERE id = $1', [id, isSuperuser]);
      return visitor;
    };
    const fields = () => ({
      name: newUsername(),
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: provider.clientSecret,
      label: '',
      scopes: '',
    });

    it('add, change and delete', async () => {
      const visitor = await adminVisitor(true);
      const given = fields();
      const added = await visitor.post('/admin/providers/add', given);
      expect(added.status).toBe(303);
      const path = added.headers.get('location')!;
      const shown = await visitor.get(path);
      expect(shown.text).not.toContain(provider.clientSecret);
      expect(shown.text).toContain(`/accounts/federation/${given.name}/callback`);
      const changed = await visitor.post(path, {
        ...given,
        clientSecret: '',
        label: 'Changed',
        scopes: 'openid email',
        'shown.issuer': given.issuer,
        'shown.clientId': given.clientId,
        trustsEmail: 'on',
      });
      expect(changed.status).toBe(303);
      const list = textOf((await visitor.get('/admin/providers')).text);
      expect(list).toContain('Changed');
      expect(list).toContain('My Company my-company, by the environment');
      expect((await visitor.get(`${path}/delete`)).status).toBe(200);
      expect((await visitor.post(`${path}/delete`)).status).toBe(303);
      expect((await visitor.get(path)).status).toBe(404);
    });

    it('are told what is wrong, and their secret is not shown again', async () => {
      const visitor = await adminVisitor(false);
      const answer = await visitor.post('/admin/providers/add', {
        ...fields(),
        issuer: 'https://nowhere.invalid',
      });
      expect(answer.status).toBe(422);
      expect(textOf(answer.text)).toContain('This is no provider that can be used');
      expect(answer.text).not.toContain(provider.clientSecret);
      const trusting = await visitor.post('/admin/providers/add', {
        ...fields(),
        trustsEmail: 'on',
      });
      expect(trusting.status).toBe(403);
    });
  });
});
