import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokensDto } from '../../src/auth/tokens.dto.js';
import { newSession, PASSWORD, register } from '../support/accounts.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { REDIRECT_URI, start } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type Answer, problem } from '../support/http.js';
import { sessionIdOf } from '../support/page-cookies.js';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const APP = 'http://localhost:5173';
const NAME = 'gatehouse-refresh';

describe('the refresh token in a cookie', () => {
  let app: TestApp;
  let provider: HostileProvider;
  beforeAll(async () => {
    provider = await startHostileProvider();
    app = await startApp({
      ...provider.variables('example'),
      OIDC_REDIRECT_URIS: REDIRECT_URI,
      CORS_ORIGINS: APP,
    });
  });
  afterEach(resetClock);
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  /** Sends JSON as a page of an origin. */
  const from = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.http.post<TokensDto>(path, body, { origin: APP, ...headers });
  /** What the browser keeps of an answer: the token, or undefined when it set no cookie. */
  const kept = ({ headers }: Answer<unknown>) => {
    const cookies = headers.getSetCookie().filter((one) => one.startsWith(`${NAME}=`));
    expect(cookies.length).toBeLessThan(2);
    return cookies[0]?.slice(NAME.length + 1).split(';')[0];
  };
  const refresh = (token: string, headers: Record<string, string> = {}) =>
    from('/api/auth/refresh', {}, { cookie: `${NAME}=${token}`, ...headers });
  const logout = (token: string, headers: Record<string, string> = {}) =>
    from('/api/auth/logout', {}, { cookie: `${NAME}=${token}`, ...headers });
  const signIn = async () => {
    const { username, id } = await register(app.http);
    const credentials = { username, password: PASSWORD, refreshTokenIn: 'cookie' };
    const answer = await from('/api/auth/login', credentials);
    expect(answer.status).toBe(200);
    return {
      answer,
      username,
      id,
      token: kept(answer)!,
      http: app.http.as(answer.body.accessToken),
    };
  };
  const isAlive = async ({ http }: { http: TestApp['http'] }) =>
    (await http.get('/api/auth/session')).status === 200;

  it('is set by a sign-in that asks for it, and is not in the body [ASVS 3.3.4]', async () => {
    const { answer } = await signIn();
    expect(Object.keys(answer.body).toSorted()).toEqual([
      'accessToken',
      'expiresIn',
      'tokenType',
      'user',
    ]);
    expect(answer.text).not.toContain('ghr.');
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^gatehouse-refresh=ghr\.[\w.-]+; Max-Age=1209\d{3}; Path=\/api\/auth; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  });

  it('is set by a sign-in with a provider as well', async () => {
    const complete = async (extra: object, headers: Record<string, string> = { origin: APP }) => {
      const { authorizationUrl, handle } = await start(app.http, 'example', 'auth/federation');
      provider.claims = { sub: `cookie-${Math.random()}`, email: 'a@example.com' };
      const { code, state } = await provider.authorize(authorizationUrl);
      const body = { handle, code, state, ...extra };
      return app.http.post<TokensDto>('/api/auth/federation/example/complete', body, headers);
    };
    const answer = await complete({ refreshTokenIn: 'cookie' });
    expect(answer.status).toBe(200);
    expect(answer.body.refreshToken).toBeUndefined();
    expect((await refresh(kept(answer)!)).status).toBe(200);
    const refused = await complete({ refreshTokenIn: 'cookie' }, {});
    expect([refused.status, problem(refused).code]).toEqual([403, 'cross_site_request']);
  });

  it('is in the body, and in no cookie, where a sign-in does not ask for it', async () => {
    const { username } = await register(app.http);
    for (const extra of [{}, { refreshTokenIn: 'body' }]) {
      const answer = await from('/api/auth/login', { username, password: PASSWORD, ...extra });
      expect(answer.body.refreshToken).toMatch(/^ghr\./);
      expect(kept(answer)).toBeUndefined();
      const next = await from('/api/auth/refresh', { refreshToken: answer.body.refreshToken });
      expect(next.body.refreshToken).toMatch(/^ghr\./);
      expect(kept(next)).toBeUndefined();
    }
    for (const refreshTokenIn of ['Cookie', '', null, 1, true, ['cookie'], {}]) {
      const wrong = await from('/api/auth/login', { username, password: PASSWORD, refreshTokenIn });
      expect([wrong.status, problem(wrong).errors[0]!.field]).toEqual([422, 'refreshTokenIn']);
    }
  });

  it('is exchanged for the next one, which is in the cookie again', async () => {
    const first = await signIn();
    const second = await refresh(first.token);
    expect(second.status).toBe(200);
    expect(second.body.refreshToken).toBeUndefined();
    expect(kept(second)).not.toBe(first.token);
    const third = await refresh(kept(second)!);
    expect(third.status).toBe(200);
    expect(sessionIdOf(third.body.accessToken)).toBe(sessionIdOf(first.answer.body.accessToken));
    // A refresh cannot move it to where scripts read it.
    const moved = await from(
      '/api/auth/refresh',
      { refreshTokenIn: 'body' },
      { cookie: `${NAME}=${kept(third)}` },
    );
    expect(moved.status).toBe(422);
  });

  it('lives in the browser as long as the session', async () => {
    let { token } = await signIn();
    moveClock(13 * DAY);
    token = kept(await refresh(token))!;
    moveClock(13 * DAY);
    const last = await refresh(token);
    // Of 30 days, 4 are left.
    expect(last.headers.getSetCookie()[0]).toMatch(/; Max-Age=345(5\d\d|600);/);
  });

  it('gives the same successor to all who send it at once, and to who repeats it within ten seconds', async () => {
    const { token } = await signIn();
    const answers = await Promise.all(Array.from({ length: 14 }, () => refresh(token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(14).fill(200));
    expect(new Set(answers.map(kept)).size).toBe(1);
    moveClock(9 * SECOND);
    expect(kept(await refresh(token))).toBe(kept(answers[0]!));
  });

  it('ends the whole session when a used one comes later', async () => {
    const session = await signIn();
    const next = kept(await refresh(session.token))!;
    moveClock(11 * SECOND);
    const replayed = await refresh(session.token);
    expect([replayed.status, problem(replayed).code]).toEqual([401, 'invalid_refresh_token']);
    expect(kept(replayed)).toBeUndefined();
    expect((await refresh(next)).status).toBe(401);
    expect(await isAlive(session)).toBe(false);
  });

  it('is refused when it has expired, is forged, or its session or account has ended', async () => {
    const expired = await signIn();
    const signedOut = await signIn();
    await signedOut.http.post('/api/auth/logout');
    const inactive = await signIn();
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [inactive.id]);
    const { token } = await signIn();
    const wrong = [
      signedOut.token,
      inactive.token,
      `${token.slice(0, -2)}xx`,
      'x',
      '"',
      'a'.repeat(4_000),
    ];
    for (const one of wrong) {
      const answer = await refresh(one);
      expect([one, answer.status, kept(answer)]).toEqual([one, 401, undefined]);
    }
    moveClock(14 * DAY + SECOND);
    expect((await refresh(expired.token)).status).toBe(401);
  });

  it('counts only for pages of PUBLIC_URL and CORS_ORIGINS [A35] [ASVS 3.5.1]', async () => {
    const session = await signIn();
    const { token, username } = session;
    const credentials = { username, password: PASSWORD, refreshTokenIn: 'cookie' };
    const foreign = [
      'https://evil.example',
      'null',
      '',
      '*',
      `${APP}/`,
      `${APP}.evil.example`,
      'https://localhost:5173',
      'http://localhost:5174',
      'http://LOCALHOST:5173',
      `${APP}, ${PUBLIC_URL}`,
    ];
    const before = await app.database.fingerprint();
    for (const origin of foreign) {
      const answers = [
        await refresh(token, { origin }),
        await logout(token, { origin }),
        await from('/api/auth/login', credentials, { origin }),
      ];
      for (const answer of answers) {
        expect([origin, answer.status, problem(answer).code]).toEqual([
          origin,
          403,
          'cross_site_request',
        ]);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    }
    const cookie = `${NAME}=${token}`;
    for (const path of ['/api/auth/refresh', '/api/auth/logout']) {
      const missing = await app.http.post(path, {}, { cookie });
      expect([path, missing.status]).toEqual([path, 403]);
    }
    expect((await app.http.post('/api/auth/login', credentials)).status).toBe(403);
    expect(await app.database.fingerprint()).toBe(before);
    expect((await refresh(token, { origin: PUBLIC_URL })).status).toBe(200);
    expect(await isAlive(session)).toBe(true);
  });

  it('counts only with JSON, which a page cannot send to another origin without asking [A35] [ASVS 3.5.2]', async () => {
    const session = await signIn();
    const cookie = `${NAME}=${session.token}`;
    const before = await app.database.fingerprint();
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'text/plain; charset=utf-8; application/json',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/x-json',
      '',
    ]) {
      for (const path of ['/api/auth/refresh', '/api/auth/logout']) {
        for (const body of ['{}', '', 'a=b']) {
          const headers = { cookie, origin: APP, ...(type && { 'content-type': type }) };
          const { status } = await app.http.send('POST', path, body, headers);
          // An empty body is none of a refresh, whatever it is called.
          const expected = path === '/api/auth/refresh' && body === '' ? [415, 422] : [415];
          expect([type, path, body, expected.includes(status)]).toEqual([type, path, body, true]);
        }
      }
    }
    const bare = await app.http.send('POST', '/api/auth/logout', undefined, {
      cookie,
      origin: APP,
    });
    expect(bare.status).toBe(415);
    expect(await app.database.fingerprint()).toBe(before);
    expect(await isAlive(session)).toBe(true);
  });

  it('gives way to a token in the body, and is then not touched', async () => {
    const inCookie = await signIn();
    const inBody = await newSession(app.http);
    const cookie = `${NAME}=${inCookie.token}`;
    const { refreshToken } = inBody;
    // Neither asks for an origin, as without a cookie.
    const answer = await app.http.post<TokensDto>(
      '/api/auth/refresh',
      { refreshToken },
      { cookie },
    );
    expect(sessionIdOf(answer.body.accessToken)).toBe(sessionIdOf(inBody.accessToken));
    expect(answer.body.refreshToken).toMatch(/^ghr\./);
    expect(kept(answer)).toBeUndefined();
    const out = await app.http.post('/api/auth/logout', { refreshToken }, { cookie });
    expect([out.status, kept(out)]).toEqual([204, undefined]);
    expect(await isAlive(inBody)).toBe(false);
    expect(await isAlive(inCookie)).toBe(true);
    expect((await refresh(inCookie.token)).status).toBe(200);
    // A wrong one is not mended by the cookie.
    for (const value of ['', null, 5]) {
      const wrong = await from('/api/auth/refresh', { refreshToken: value }, { cookie });
      expect([value, wrong.status]).toEqual([value, 422]);
    }
    const unknown = await from('/api/auth/refresh', { refreshToken: 'ghr.x' }, { cookie });
    expect(unknown.status).toBe(401);
  });

  it('signs out, also once the access token has expired, and is cleared', async () => {
    const ways: Record<
      string,
      (s: Awaited<ReturnType<typeof signIn>>) => Promise<Answer<unknown>>
    > = {
      alone: ({ token }) => logout(token),
      'with its access token': ({ token, answer }) =>
        logout(token, { authorization: `Bearer ${answer.body.accessToken}` }),
      'with a dead access token': ({ token }) => logout(token, { authorization: 'Bearer dead' }),
      'that was used': async ({ token }) => {
        await refresh(token);
        return logout(token);
      },
    };
    for (const [name, way] of Object.entries(ways)) {
      const session = await signIn();
      const out = await way(session);
      expect([name, out.status]).toEqual([name, 204]);
      expect(out.headers.getSetCookie()).toEqual([
        'gatehouse-refresh=; Max-Age=0; Path=/api/auth; HttpOnly; SameSite=Strict',
      ]);
      expect(await isAlive(session)).toBe(false);
      expect((await refresh(session.token)).status).toBe(401);
    }
    // One that has ended is cleared as well, and one that we did not make.
    const session = await signIn();
    await session.http.post('/api/auth/logout');
    for (const token of [session.token, 'nonsense']) {
      const out = await logout(token);
      expect([out.status, kept(out)]).toEqual([204, '']);
    }
  });

  it('of another account is what it is: refresh answers for that account, logout ends both sessions', async () => {
    const [ann, ben] = [await signIn(), await signIn()];
    const authorization = `Bearer ${ann.answer.body.accessToken}`;
    const answer = await refresh(ben.token, { authorization });
    expect(answer.body.user.username).toBe(ben.username);
    expect((await logout(kept(answer)!, { authorization })).status).toBe(204);
    expect([await isAlive(ann), await isAlive(ben)]).toEqual([false, false]);
  });

  it('is refused when there are two: a sibling host can add one, and must not choose the session', async () => {
    const [ann, eve] = [await signIn(), await signIn()];
    for (const [one, other] of [
      [ann, eve],
      [eve, ann],
    ] as const) {
      const answer = await refresh(`${one.token}; ${NAME}=${other.token}`);
      expect([answer.status, problem(answer).code]).toEqual([401, 'invalid_refresh_token']);
    }
    // What nobody signed does not count, and neither does the same one twice.
    expect((await refresh(`nonsense; ${NAME}=${ann.token}`)).status).toBe(200);
    expect((await refresh(`${ann.token}; ${NAME}=${ann.token}`)).status).toBe(200);
    const both = await signIn();
    expect((await logout(`${both.token}; ${NAME}=${eve.token}`)).status).toBe(204);
    expect([await isAlive(both), await isAlive(eve)]).toEqual([false, false]);
  });

  it('opens nothing else: not the API, not a page', async () => {
    const { token } = await signIn();
    const cookie = `${NAME}=${token}; gatehouse-session=${token}; session=${token}`;
    for (const path of ['/api/auth/session', '/api/users/me', '/api/account/sessions']) {
      expect((await app.http.get(path, { cookie, origin: APP })).status).toBe(401);
    }
    const reauthenticated = await from(
      '/api/auth/reauthenticate',
      { password: PASSWORD },
      { cookie },
    );
    expect(reauthenticated.status).toBe(401);
    const page = await app.http.get('/accounts/profile', { cookie, accept: 'text/html' });
    expect(page.status).not.toBe(200);
  });

  it('is missed as a token in the body is, without a cookie', async () => {
    for (const cookie of ['', `${NAME}=`, 'other=1', `x${NAME}=ghr.x`]) {
      const answer = await from('/api/auth/refresh', {}, { cookie });
      expect([cookie, answer.status]).toEqual([cookie, 422]);
      expect(problem(answer).errors).toEqual([
        { field: 'refreshToken', code: 'required', message: 'This field is required.' },
      ]);
      const out = await from('/api/auth/logout', {}, { cookie });
      expect([cookie, out.status]).toEqual([cookie, 401]);
    }
  });

  it('is the only reason for which CORS allows credentials, and only where it is sent', async () => {
    const allows = async (path: string, method: string, origin = APP) => {
      const headers = { origin, 'access-control-request-method': method };
      const answer = await app.http.send('OPTIONS', path, undefined, headers);
      return answer.headers.get('access-control-allow-credentials');
    };
    for (const path of ['login', 'refresh', 'logout', 'federation/example/complete']) {
      expect([path, await allows(`/api/auth/${path}`, 'POST')]).toEqual([path, 'true']);
      expect(await allows(`/api/auth/${path}`, 'POST', 'https://evil.example')).toBeNull();
    }
    for (const path of ['/api/users', '/api/account/sessions', '/api/authors', '/accounts/login']) {
      expect([path, await allows(path, 'GET')]).toEqual([path, null]);
    }
  });
});

describe('the refresh token in a cookie, with https', () => {
  it('is Secure with a prefix, under the path of PUBLIC_URL, with https [ASVS 3.3.1, 3.3.2, 3.3.3]', async () => {
    const origin = 'https://example.com';
    const secure = await startApp({ PUBLIC_URL: `${origin}/auth` });
    try {
      const { username } = await register(secure.http);
      const credentials = { username, password: PASSWORD, refreshTokenIn: 'cookie' };
      const answer = await secure.http.post('/auth/api/auth/login', credentials, { origin });
      expect(answer.headers.getSetCookie()).toEqual([
        expect.stringMatching(
          /^__Secure-refresh=ghr\.[\w.-]+; Max-Age=\d+; Path=\/auth\/api\/auth; HttpOnly; Secure; SameSite=Strict$/,
        ),
      ]);
      const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!;
      const next = await secure.http.post('/auth/api/auth/refresh', {}, { origin, cookie });
      expect(next.status).toBe(200);
    } finally {
      await secure.close();
    }
  });
});
