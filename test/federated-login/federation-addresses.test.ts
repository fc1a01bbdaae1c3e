import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import {
  type HostileProvider,
  sendJson,
  startHostileProvider,
} from '../support/hostile-provider.js';
import { problem } from '../support/http.js';

const NAMES = ['google', 'my-company', 'trusted', 'github', 'added', 'added-trusted'];
const TRUSTED = new Set(['trusted', 'added-trusted']);
const WORDS = [true, false, 'true', 1, undefined] as const;

let serial = 0;
const newSubject = () => String(++serial);

// What a provider says is worth what the provider is trusted with: sweeps over all of them, and all they could say.
describe('an address that a provider names', () => {
  let app: TestApp;
  const providers: Record<string, HostileProvider> = {};
  beforeAll(async () => {
    for (const name of NAMES) providers[name] = await startHostileProvider();
    const fixed = NAMES.filter((name) => !name.startsWith('added'));
    app = await startApp({
      ...Object.assign({}, ...fixed.map((name) => providers[name]!.variables(name))),
      OIDC_TRUSTED_TRUST_EMAIL: 'on',
      OIDC_REDIRECT_URIS: REDIRECT_URI,
    });
    const superuser = await superuserSession(app);
    for (const name of ['added', 'added-trusted']) {
      const { issuer, clientId, clientSecret } = providers[name]!;
      const body = { name, label: name, issuer, clientId, clientSecret };
      const trustsEmail = TRUSTED.has(name);
      const answer = await superuser.http.post('/api/identity-providers', { ...body, trustsEmail });
      expect(answer.status).toBe(201);
    }
  });
  afterAll(async () => {
    await app.close();
    await Promise.all(Object.values(providers).map((provider) => provider.close()));
  });

  /** Signs in with a provider that says so of an address. */
  const come = (name: string, sub: string, email: string, email_verified: unknown) => {
    const provider = providers[name]!;
    if (name === 'github') answerAsGithub(provider, Number(sub), email, email_verified);
    return signInWith(app.http, name, provider, { sub, email, email_verified });
  };
  const accounts = (email: string) =>
    app.database.sql<{ id: string; proven: boolean }>(
      `SELECT id, email_verified_at IS NOT NULL AS proven FROM users WHERE email = $1
       ORDER BY created_at`,
      [email],
    );
  const cases = NAMES.flatMap((name) =>
    WORDS.map((word) => ({ name, word, proves: TRUSTED.has(name) && word === true })),
  );
  const said = (word: unknown) => JSON.stringify(word) ?? 'nothing';

  it.each(cases.map((one) => [one.name, said(one.word), one] as const))(
    'is worth what the provider is trusted with: %s says %s [A57] [ASVS 6.8.1]',
    async (_, __, { name, word, proves }) => {
      const newAddress = () => `${newUsername()}@example.com`;

      const free = newAddress();
      const first = await come(name, newSubject(), free, word);
      expect(first.status).toBe(200);
      expect(await accounts(free)).toEqual([{ id: first.body.user.id, proven: proves }]);

      // The fresh account of a superuser, whose address nobody has proven.
      const claimed = newAddress();
      const claimant = await register(app.http, { email: claimed });
      await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [claimant.id]);
      const second = await come(name, newSubject(), claimed, word);
      expect(second.body.user.id).not.toBe(claimant.id);
      const theirs = { id: second.body.user.id, proven: proves };
      expect(await accounts(claimed)).toEqual(
        proves ? [theirs] : [{ id: claimant.id, proven: false }, theirs],
      );
      expect((await signIn(app.http, proves ? claimant.username : claimed)).user.id).toBe(
        claimant.id,
      );

      const owned = newAddress();
      const owner = await register(app.http, { email: owned });
      await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [
        owner.id,
      ]);
      const third = await come(name, newSubject(), owned, word);
      if (proves) expect(third.body.user.id).toBe(owner.id);
      else if (word === true) expect(problem(third).code).toBe('federation_sign_in_to_link');
      else expect(third.body.user.id).not.toBe(owner.id);
      expect((await accounts(owned))[0]).toEqual({ id: owner.id, proven: true });

      // An identity that is connected already, of an account whose address is a claim.
      const mine = newAddress();
      const account = await register(app.http, { email: mine });
      const session = app.http.as((await signIn(app.http, account.username)).accessToken);
      const sub = newSubject();
      const begun = await start(session, name, 'account/identities');
      const provider = providers[name]!;
      if (name === 'github') answerAsGithub(provider, Number(sub), '', false);
      provider.claims = { sub, email: undefined, email_verified: undefined };
      const { code, state } = await provider.authorize(begun.authorizationUrl);
      const answer = { handle: begun.handle, code, state };
      const connected = await session.post(`/api/account/identities/${name}/complete`, answer);
      expect(connected.status).toBe(201);
      const fourth = await come(name, sub, mine, word);
      expect(fourth.body.user.id).toBe(account.id);
      expect(await accounts(mine)).toEqual([{ id: account.id, proven: proves }]);
      const credentials = { username: account.username, password: PASSWORD };
      const byPassword = await app.http.post('/api/auth/login', credentials);
      expect(byPassword.status).toBe(proves ? 401 : 200);
      expect((await session.get('/api/users/me')).status).toBe(proves ? 401 : 200);
    },
  );
});

/** Answers as GitHub's API does. */
function answerAsGithub(
  github: HostileProvider,
  id: number,
  email: string,
  verified: unknown,
): void {
  github.takeOver = (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, github.issuer);
    if (pathname === '/login/oauth/authorize') {
      const target = new URL(searchParams.get('redirect_uri')!);
      target.searchParams.set('code', 'a-code');
      target.searchParams.set('state', searchParams.get('state')!);
      response.writeHead(302, { location: target.href }).end();
    } else if (pathname === '/login/oauth/access_token') {
      sendJson(response, { access_token: 'gho_x', token_type: 'bearer', scope: '' });
    } else if (pathname === '/api/v3/user') {
      sendJson(response, { id, login: `octo${id}` });
    } else {
      sendJson(response, email === '' ? [] : [{ email, primary: true, verified }]);
    }
    return true;
  };
}
