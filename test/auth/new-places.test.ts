import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD } from '../support/accounts.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { REDIRECT_URI } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { each, from, HOUR, newIp, times } from '../support/limits.js';
import { type EmailServer, startEmailServer } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const DAY = 24 * HOUR;
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const NEXT_CHROME = CHROME.replaceAll('130', '131');
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const SUBJECT = 'A new sign-in to your account';
const MOST_EMAILS = 5;
const MOST_NETWORKS = 100;

describe('a sign-in from a new place', () => {
  let app: TestApp;
  let smtp: EmailServer;
  let provider: HostileProvider;
  beforeAll(async () => {
    smtp = await startEmailServer();
    provider = await startHostileProvider();
    app = await startApp({
      ...provider.variables('corp'),
      SMTP_URL: smtp.url,
      OIDC_REDIRECT_URIS: REDIRECT_URI,
      TRUST_PROXY: '1',
      THROTTLE_SCALE: '1',
    });
  });
  afterEach(() => resetClock());
  afterAll(async () => {
    await app.close();
    await smtp.close();
    await provider.close();
  });

  const register = async (email?: string) => {
    const username = newUsername();
    const account = { username, email: email ?? `${username}@example.com` };
    const body = { ...account, password: PASSWORD };
    const answer = await app.http.post<{ id: string }>('/api/auth/register', body, from(newIp()));
    return { ...account, id: answer.body.id };
  };
  /** By the API, as a program does that keeps no cookie. */
  const signIn = async (username: string, ip: string, userAgent = CHROME) => {
    const headers = { ...from(ip), 'user-agent': userAgent };
    const { status } = await app.http.post(
      '/api/auth/login',
      { username, password: PASSWORD },
      headers,
    );
    expect(status).toBe(200);
  };
  /** By the page, in a browser. */
  const browse = async (visitor: Visitor, username: string, ip: string, userAgent = CHROME) => {
    const headers = { ...from(ip), 'user-agent': userAgent };
    const { status } = await visitor.post(
      '/accounts/login',
      { username, password: PASSWORD },
      headers,
    );
    expect(status).toBe(303);
    visitor.cookies.delete('gatehouse-session');
  };
  const emailsTo = async (address: string) => {
    await app.database.settled();
    return smtp.unread(address).filter((subject) => subject === SUBJECT).length;
  };
  const networksOf = (id: string) =>
    app.database.sql<{ network: string }>('SELECT network FROM known_networks WHERE user_id = $1', [
      id,
    ]);

  it('is reported to the owner by email, also with their own kind of browser and system [ASVS 6.3.5]', async () => {
    const { username, email } = await register();
    await browse(new Visitor(app.http), username, newIp());
    expect(await emailsTo(email)).toBe(0);
    const thief = newIp();
    await browse(new Visitor(app.http), username, thief);
    expect(await emailsTo(email)).toBe(1);
    const { text } = await smtp.next(email, SUBJECT);
    expect(text).toContain('Device: Chrome on Windows');
    expect(text).toContain(`IP address: ${thief}`);
    await signIn(username, newIp());
    expect(await emailsTo(email)).toBe(1);
  });

  it('is none in a browser that the account knows, in any network and after an update [ASVS 6.3.5]', async () => {
    const { username, email } = await register();
    const visitor = new Visitor(app.http);
    await browse(visitor, username, newIp());
    for (const userAgent of [CHROME, NEXT_CHROME, SAFARI]) {
      await browse(visitor, username, newIp(), userAgent);
    }
    expect(await emailsTo(email)).toBe(0);
    // The cookie names the account that it knows.
    const other = await register();
    await browse(new Visitor(app.http), other.username, newIp());
    await browse(visitor, other.username, newIp());
    expect(await emailsTo(other.email)).toBe(1);
  });

  it('is none in a network that the account knows, for 90 days after it was last there [ASVS 6.3.5]', async () => {
    const { username, email } = await register();
    const home = newIp();
    await signIn(username, home);
    for (const userAgent of [NEXT_CHROME, SAFARI, 'app/1', 'app/2', '']) {
      await signIn(username, home, userAgent);
    }
    // A session of an API client lasts 30 days by default, and the next sign-in must not be a surprise.
    for (const days of [31, 62, 150]) {
      resetClock();
      moveClock(days * DAY);
      await signIn(username, home);
    }
    expect(await emailsTo(email)).toBe(0);
    resetClock();
    moveClock(241 * DAY);
    await signIn(username, home);
    resetClock();
    expect(await emailsTo(email)).toBe(1);
  });

  it('is none when it is the first of an account', async () => {
    const { username, email } = await register();
    await signIn(username, newIp(), 'a program');
    expect(await emailsTo(email)).toBe(0);
  });

  it('is reported when a provider proves who it is, by its page and by the API [ASVS 6.3.5]', async () => {
    const email = `${newUsername()}@example.com`;
    provider.claims = { sub: email, email, email_verified: true };
    const fromPage = async (visitor: Visitor, ip: string) => {
      const { headers } = await visitor.get('/accounts/federation/corp', from(ip));
      const { headers: back } = await fetch(headers.get('location')!, { redirect: 'manual' });
      const callback = back.get('location')!.replace(PUBLIC_URL, '');
      expect((await visitor.get(callback, from(ip))).status).toBe(303);
      visitor.cookies.delete('gatehouse-session');
    };
    const fromApp = async (ip: string) => {
      const path = '/api/auth/federation/corp';
      const { body } = await app.http.post<{ authorizationUrl: string; handle: string }>(
        `${path}/start`,
        { redirectUri: REDIRECT_URI },
        from(ip),
      );
      const { code, state } = await provider.authorize(body.authorizationUrl);
      const answer = { handle: body.handle, code, state };
      expect((await app.http.post(`${path}/complete`, answer, from(ip))).status).toBe(200);
    };
    const visitor = new Visitor(app.http);
    const home = newIp();
    await fromPage(visitor, home);
    await fromPage(visitor, newIp());
    await fromApp(home);
    expect(await emailsTo(email)).toBe(0);
    await fromPage(new Visitor(app.http), newIp());
    expect(await emailsTo(email)).toBe(1);
    await fromApp(newIp());
    expect(await emailsTo(email)).toBe(2);
  });

  it('is reported when a session and its password are used elsewhere to sign in again', async () => {
    const { username, email } = await register();
    const visitor = new Visitor(app.http);
    const home = newIp();
    await visitor.post('/accounts/login', { username, password: PASSWORD }, from(home));
    const again = (ip: string) =>
      visitor.post('/accounts/reauthenticate', { password: PASSWORD }, from(ip));
    expect((await again(newIp())).status).toBe(303);
    expect(await emailsTo(email)).toBe(0);
    visitor.cookies.delete('gatehouse-browser');
    expect((await again(newIp())).status).toBe(303);
    expect(await emailsTo(email)).toBe(1);
  });

  describe('by an attacker who invents browsers and has many addresses', () => {
    it('is known by its network alone: a hundred names are one place [ASVS 6.3.5]', async () => {
      const { id, username, email } = await register();
      await signIn(username, newIp());
      const ip = newIp();
      await each(25, (i) => signIn(username, ip, `foo${i}/1.0 bar`));
      expect(await emailsTo(email)).toBe(1);
      expect(await networksOf(id)).toHaveLength(2);
    });

    it('gets the owner five emails a day, whatever it is called, and is remembered by a hundred rows', async () => {
      const { id, username, email } = await register();
      const home = newIp();
      await signIn(username, home);
      await each(MOST_NETWORKS + 5, (i) => signIn(username, newIp(), `foo${i}/1.0 bar`));
      expect(await emailsTo(email)).toBe(MOST_EMAILS);
      expect(await networksOf(id)).toHaveLength(MOST_NETWORKS);
      moveClock(DAY + HOUR);
      await signIn(username, newIp(), 'bar/1.0');
      resetClock();
      expect(await emailsTo(email)).toBe(MOST_EMAILS + 1);
    });

    it('gets the owner of an unproven address no more for having many accounts claim it', async () => {
      const address = `${newUsername()}@example.com`;
      const accounts = await Promise.all(times(4, address).map((one) => register(one)));
      for (const { username } of accounts) {
        await each(4, () => signIn(username, newIp()));
      }
      expect(await emailsTo(address)).toBe(MOST_EMAILS);
      // And the claims use up nothing of an owner who has proven it.
      const { username, id } = await register();
      await app.database.sql(
        'UPDATE users SET email = $2::text, email_key = $2::text, email_verified_at = now() WHERE id = $1',
        [id, address],
      );
      await signIn(username, newIp());
      await signIn(username, newIp());
      expect(await emailsTo(address)).toBe(MOST_EMAILS + 1);
    });
  });
});
