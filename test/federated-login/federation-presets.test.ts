import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newUsername } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import {
  type HostileProvider,
  payloadOf,
  sendJson,
  startHostileProvider,
} from '../support/hostile-provider.js';
import { problem } from '../support/http.js';

const APPLE_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('providers that are known by their name', () => {
  let app: TestApp;
  let github: HostileProvider;
  let apple: HostileProvider;
  let person: { user: object; emails: unknown };
  let sent: { path: string; headers: Record<string, unknown>; body: URLSearchParams }[];
  beforeAll(async () => {
    github = await startHostileProvider();
    apple = await startHostileProvider();
    app = await startApp({
      ...github.variables('github'),
      OIDC_GITHUB_TRUST_EMAIL: 'on',
      ...apple.variables('apple'),
      OIDC_APPLE_TEAM_ID: 'TEAM',
      OIDC_APPLE_KEY_ID: 'KEY',
      OIDC_APPLE_CLIENT_SECRET: APPLE_KEY.privateKey
        .export({ type: 'pkcs8', format: 'pem' })
        .toString()
        .replaceAll('\n', String.raw`\n`),
      OIDC_REDIRECT_URIS: REDIRECT_URI,
    });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([github.close(), apple.close()]);
  });
  beforeEach(() => {
    sent = [];
    person = {
      user: { id: 583_231, login: newUsername(), name: 'Octo Cat' },
      emails: [
        { email: 'other@example.com', primary: false, verified: true },
        { email: `${newUsername()}@example.com`, primary: true, verified: true },
      ],
    };
    github.takeOver = (request, response) => {
      const { pathname, searchParams } = new URL(request.url!, github.issuer);
      if (pathname === '/login/oauth/authorize') {
        const target = new URL(searchParams.get('redirect_uri')!);
        target.searchParams.set('code', 'a-code');
        target.searchParams.set('state', searchParams.get('state')!);
        response.writeHead(302, { location: target.href }).end();
        return true;
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = new URLSearchParams(Buffer.concat(chunks).toString());
        sent.push({ path: pathname, headers: request.headers, body });
        if (pathname === '/login/oauth/access_token') {
          return sendJson(response, { access_token: 'gho_x', token_type: 'bearer', scope: '' });
        }
        if (pathname === '/api/v3/user') return sendJson(response, person.user);
        return sendJson(response, person.emails);
      });
      return true;
    };
    let seen = '';
    apple.takeOver = (request) => {
      if (request.url === '/token') {
        request.on('data', (chunk: Buffer) => (seen += chunk.toString()));
        request.on('end', () =>
          sent.push({ path: '/token', headers: request.headers, body: new URLSearchParams(seen) }),
        );
      }
      return false;
    };
  });

  it('GitHub, which is OAuth 2 without OpenID Connect', async () => {
    const { authorizationUrl } = await start(app.http, 'github');
    const query = Object.fromEntries(new URL(authorizationUrl).searchParams);
    expect(query).toEqual({
      client_id: 'gatehouse',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'read:user user:email',
      code_challenge_method: 'S256',
      code_challenge: expect.any(String),
      state: expect.any(String),
    });
    const { status, body } = await signInWith(app.http, 'github', github);
    expect(status).toBe(200);
    const { login } = person.user as { login: string };
    const { email } = (person.emails as { email: string }[])[1]!;
    expect(body.user).toMatchObject({ username: login, email, emailVerified: true });
    const [row] = await app.database.sql('SELECT issuer, subject FROM federated_identities');
    expect(row).toEqual({ issuer: github.issuer, subject: '583231' });
    const [token, user] = sent;
    expect(Object.fromEntries(token!.body)).toMatchObject({
      client_secret: github.clientSecret,
      code_verifier: expect.any(String),
      redirect_uri: REDIRECT_URI,
    });
    expect(user!.headers).toMatchObject({ authorization: 'Bearer gho_x' });
    // Somebody else who takes the name is somebody else (ATTACKS A58).
    person.user = { id: 583_232, login };
    person.emails = [];
    const other = await signInWith(app.http, 'github', github);
    expect(other.body.user.id).not.toBe(body.user.id);
    person.user = { id: 583_231, login: 'renamed' };
    const again = await signInWith(app.http, 'github', github);
    expect(again.body.user.id).toBe(body.user.id);
  });

  it.each([
    ['no number', { id: '583231', login: 'x' }],
    ['nobody', {}],
    ['a fraction', { id: 1.5 }],
  ])('GitHub, but with %s in the place of the account', async (_, user) => {
    person.user = user;
    const answer = await signInWith(app.http, 'github', github);
    expect(problem(answer).code).toBe('provider_answer_refused');
  });

  it.each([
    ['not verified', [{ email: 'a@example.com', primary: true, verified: false }]],
    ['verified in words', [{ email: 'a@example.com', primary: true, verified: 'true' }]],
    ['not told', { message: 'Not Found' }],
    ['not primary', [{ email: 'a@example.com', primary: false, verified: true }]],
  ])('GitHub, with an address that is %s: it proves nothing [A57]', async (_, emails) => {
    person.user = { id: Math.floor(Math.random() * 1e9), login: newUsername() };
    person.emails = emails;
    const { body } = await signInWith(app.http, 'github', github);
    expect(body.user.emailVerified).toBe(false);
  });

  it('Apple, whose secret is signed for each time and whose answer is a form', async () => {
    const { authorizationUrl } = await start(app.http, 'apple');
    expect(new URL(authorizationUrl).searchParams.get('response_mode')).toBe('form_post');
    const email = `${newUsername()}@privaterelay.example`;
    const claims = { sub: newUsername(), email, email_verified: 'true' };
    const { body } = await signInWith(app.http, 'apple', apple, claims);
    expect(body.user).toMatchObject({ email, emailVerified: false });
    const secret = sent.at(-1)!.body.get('client_secret')!;
    const [header, payload, signature] = secret.split('.');
    expect(JSON.parse(Buffer.from(header!, 'base64url').toString())).toEqual({
      alg: 'ES256',
      kid: 'KEY',
    });
    const { iat, exp, ...said } = payloadOf(secret) as { iat: number; exp: number };
    expect(said).toEqual({ iss: 'TEAM', aud: apple.issuer, sub: 'gatehouse' });
    expect(exp - iat).toBeLessThanOrEqual(600);
    expect(
      verify(
        'sha256',
        Buffer.from(`${header}.${payload}`),
        {
          key: createPublicKey(APPLE_KEY.publicKey.export({ format: 'pem', type: 'spki' })),
          dsaEncoding: 'ieee-p1363',
        },
        Buffer.from(signature!, 'base64url'),
      ),
    ).toBe(true);
  });
});
