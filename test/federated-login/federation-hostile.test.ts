import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import {
  forged,
  type HostileProvider,
  payloadOf,
  sendJson,
  startHostileProvider,
  keysOfStranger,
} from '../support/hostile-provider.js';
import { problem } from '../support/http.js';

let serial = 0;
const newSubject = () => `subject-${++serial}`;
const now = () => Math.floor(Date.now() / 1000);

describe('a provider that lies', () => {
  let app: TestApp;
  let evil: HostileProvider;
  let other: HostileProvider;
  beforeAll(async () => {
    evil = await startHostileProvider();
    other = await startHostileProvider();
    app = await startApp({
      ...evil.variables('evil'),
      ...other.variables('other'),
      OIDC_REDIRECT_URIS: REDIRECT_URI,
    });
  });
  afterAll(async () => {
    await app.close();
    await evil.close();
    await other.close();
  });
  afterEach(() => {
    Object.assign(evil, {
      claims: {},
      userInfo: {},
      metadata: {},
      forge: undefined,
      takeOver: undefined,
    });
    Object.assign(other, {
      claims: {},
      userInfo: {},
      metadata: {},
      forge: undefined,
      takeOver: undefined,
    });
    resetClock();
  });

  const users = async () => (await app.database.sql('SELECT 1 FROM users')).length;

  /** That a sign-in is refused, and leaves nothing behind. */
  async function expectRefused(code: string, claims: Record<string, unknown> = {}) {
    const before = await users();
    const answer = await signInWith(app.http, 'evil', evil, { sub: newSubject(), ...claims });
    expect(problem(answer).code).toBe(code);
    expect(await users()).toBe(before);
    return answer;
  }

  it('is believed when it does not', async () => {
    const answer = await signInWith(app.http, 'evil', evil, { sub: newSubject() });
    expect(answer.status).toBe(200);
  });

  describe('in its ID token [A59] [ASVS 6.8.2, 10.5.1, 10.5.3, 10.5.4]', () => {
    it.each([
      ['another issuer', { iss: 'https://accounts.google.com' }],
      ['an issuer that differs by a slash', () => ({ iss: `${evil.issuer}/` })],
      ['no issuer', { iss: undefined }],
      ['another audience', { aud: 'somebody else' }],
      ['no audience', { aud: undefined }],
      ['an audience of another type', { aud: { gatehouse: true } }],
      ['several audiences, for somebody else', { aud: ['gatehouse', 'b'], azp: 'b' }],
      ['several audiences, for nobody', { aud: ['gatehouse', 'b'] }],
      ['our audience, issued for somebody else', { azp: 'somebody else' }],
      ['an authorized party of another type', { azp: ['gatehouse'] }],
      ['that it has expired', () => ({ exp: now() - 65 })],
      ['no expiry', { exp: undefined }],
      ['an expiry of another type', { exp: 'tomorrow' }],
      ['that it is of tomorrow', () => ({ iat: now() + 86_400, exp: now() + 90_000 })],
      ['that it is not good before tomorrow', () => ({ nbf: now() + 86_400 })],
      ['another nonce', { nonce: 'another nonce' }],
      ['no nonce', { nonce: undefined }],
      ['an empty nonce', { nonce: '' }],
      ['no subject', { sub: undefined }],
      ['an empty subject', { sub: '' }],
      ['a subject that is a number', { sub: 42 }],
      ['a subject that is a list', { sub: ['a'] }],
      ['a huge subject', { sub: 'x'.repeat(256) }],
      ['a subject with control characters', { sub: 'a\0b' }],
      ['half a character in the subject', { sub: 'a\uD800' }],
      ['a subject that was not UTF-8', { sub: 'a\uFFFD' }],
    ] as [string, Record<string, unknown> | (() => Record<string, unknown>)][])(
      'with %s',
      async (_, claims) => {
        await expectRefused(
          'provider_answer_refused',
          typeof claims === 'function' ? claims() : claims,
        );
      },
    );

    it('takes a clock that differs by half a minute, in both directions', async () => {
      for (const claims of [
        { exp: now() - 30 },
        { iat: now() + 30, nbf: now() + 30, exp: now() + 600 },
      ]) {
        const answer = await signInWith(app.http, 'evil', evil, { sub: newSubject(), ...claims });
        expect(answer.status).toBe(200);
        evil.claims = {};
      }
    });

    it.each([
      ['without a signature', (payload: object) => forged.unsigned({ ...payload })],
      [
        'signed with the secret of the client',
        (payload: object) => forged.hs256({ ...payload }, evil.clientSecret),
      ],
      [
        'signed with our id as the secret',
        (payload: object) => forged.hs256({ ...payload }, evil.clientId),
      ],
      ['signed by a stranger', (payload: object) => forged.rs256({ ...payload })],
      [
        'signed by a stranger who brings the key along',
        (payload: object) =>
          forged.rs256(
            { ...payload },
            { jwk: keysOfStranger().publicKey.export({ format: 'jwk' }) },
          ),
      ],
      [
        'signed by a stranger who says where the key is',
        (payload: object) =>
          forged.rs256({ ...payload }, { jku: `${other.issuer}/jwks`, kid: 'x' }),
      ],
      [
        'with a critical header that nobody knows',
        (payload: object) => forged.rs256({ ...payload }, { crit: ['x'], x: 1 }),
      ],
      ['that is none', () => 'no token'],
      ['that is empty', () => ''],
    ] as [string, (payload: object) => string][])('%s', async (_, forge) => {
      evil.forge = (_token, payload) => forge(payload);
      await expectRefused('provider_answer_refused');
    });

    it('whose claims were changed after it was signed', async () => {
      evil.forge = (token, payload) => {
        const [header, , signature] = token.split('.');
        const claims = Buffer.from(JSON.stringify({ ...payload, sub: 'admin' })).toString(
          'base64url',
        );
        return `${header}.${claims}.${signature}`;
      };
      await expectRefused('provider_answer_refused');
    });

    it('even when its metadata allow what we do not', async () => {
      for (const [alg, forge] of [
        ['none', forged.unsigned],
        ['HS256', (payload: object) => forged.hs256({ ...payload }, evil.clientSecret)],
      ] as [string, (payload: object) => string][]) {
        const lax = await startHostileProvider();
        lax.metadata = { id_token_signing_alg_values_supported: [alg, 'RS256'] };
        lax.forge = (_token, payload) => forge(payload);
        const second = await otherApp(lax);
        try {
          const answer = await signInWith(second.http, 'lax', lax, { sub: newSubject() });
          expect(problem(answer).code).toBe('provider_answer_refused');
        } finally {
          await second.close();
          await lax.close();
        }
      }
    });

    it('when there is none', async () => {
      evil.takeOver = (request, response) => {
        if (request.url !== '/token') return false;
        sendJson(response, { access_token: 'x', token_type: 'Bearer', expires_in: 60 });
        return true;
      };
      await expectRefused('provider_answer_refused');
    });
  });

  describe('about somebody else', () => {
    it('in its userinfo, whose subject has to be the same', async () => {
      evil.userInfo = { sub: 'somebody else', email: 'a@example.com', email_verified: true };
      await expectRefused('provider_answer_refused');
    });

    it('by the token of another one', async () => {
      const sub = newSubject();
      other.claims = { sub };
      const begun = await start(app.http, 'other');
      const theirs = await other.authorize(begun.authorizationUrl);
      const token = await fetch(`${other.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: theirs.code!,
          client_id: other.clientId,
        }),
      }).then((answer) => answer.json() as Promise<{ id_token: string }>);
      evil.forge = () => token.id_token;
      await expectRefused('provider_answer_refused');
    });
  });

  describe('where a sign-in ends [A36] [A61] [ASVS 10.1.2, 10.2.1, 10.2.2]', () => {
    const complete = (name: string, body: object) =>
      app.http.post(`/api/auth/federation/${name}/complete`, body);

    it('asks for PKCE with S256, a state and a nonce that nobody can guess, and nothing that was sent along [ASVS 10.2.3]', async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 3; i++) {
        const { authorizationUrl, handle } = await start(app.http, 'evil');
        const query = new URL(authorizationUrl).searchParams;
        expect(Object.fromEntries(query)).toEqual({
          client_id: 'gatehouse',
          response_type: 'code',
          redirect_uri: REDIRECT_URI,
          scope: 'openid email profile',
          code_challenge_method: 'S256',
          code_challenge: expect.stringMatching(/^[\w-]{43}$/),
          state: expect.stringMatching(/^[\w-]{43}$/),
          nonce: expect.stringMatching(/^[\w-]{43}$/),
        });
        for (const name of ['state', 'nonce', 'code_challenge']) seen.add(query.get(name)!);
        seen.add(handle);
      }
      expect(seen.size).toBe(12);
      const extra = { redirectUri: REDIRECT_URI, scope: 'admin', state: 'x', loginHint: 'x' };
      const refused = await app.http.post('/api/auth/federation/evil/start', extra);
      expect(
        problem(refused)
          .errors.map(({ field }) => field)
          .toSorted(),
      ).toEqual(['loginHint', 'scope', 'state']);
    });

    it('keeps none of its secrets readable', async () => {
      const { authorizationUrl, handle } = await start(app.http, 'evil');
      const query = new URL(authorizationUrl).searchParams;
      const rows = JSON.stringify(await app.database.sql('SELECT * FROM federation_attempts'));
      for (const secret of [handle, query.get('state')!, query.get('nonce')!]) {
        expect(rows).not.toContain(secret);
      }
    });

    it('lets a sign-in end where the list says only, letter for letter', async () => {
      for (const redirectUri of [
        'com.example.app:/callback/',
        'com.example.app:/callback?x=1',
        'com.example.app:/callback#x',
        'COM.example.app:/callback',
        'https://evil.example/callback',
        'javascript:alert(1)',
        '',
        ' com.example.app:/callback',
      ]) {
        const answer = await app.http.post('/api/auth/federation/evil/start', { redirectUri });
        expect({ redirectUri, code: problem(answer).code }).toEqual({
          redirectUri,
          code: 'validation_failed',
        });
      }
    });

    it('takes an answer once, also of many at once', async () => {
      const { authorizationUrl, handle } = await start(app.http, 'evil');
      evil.claims = { sub: newSubject() };
      const { code, state } = await evil.authorize(authorizationUrl);
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => complete('evil', { handle, code, state })),
      );
      const statuses = answers.map(({ status }) => String(status)).toSorted();
      expect(statuses).toEqual(['200', '400', '400', '400', '400']);
      const again = await complete('evil', { handle, code, state });
      expect(problem(again).code).toBe('federation_attempt_invalid');
    });

    it('takes no answer from another browser, and leaves the attempt to who began it', async () => {
      const victim = await start(app.http, 'evil');
      const attacker = await start(app.http, 'evil');
      evil.claims = { sub: newSubject() };
      const { code, state } = await evil.authorize(attacker.authorizationUrl);
      for (const handle of [victim.handle, 'x'.repeat(43), state]) {
        const answer = await complete('evil', { handle, code, state });
        expect(problem(answer).code).toBe('federation_attempt_invalid');
      }
      const answer = await complete('evil', { handle: attacker.handle, code, state });
      expect(answer.status).toBe(200);
    });

    it('takes no code of another attempt', async () => {
      const first = await start(app.http, 'evil');
      const second = await start(app.http, 'evil');
      evil.claims = { sub: newSubject() };
      const { code } = await evil.authorize(first.authorizationUrl);
      const { state } = await evil.authorize(second.authorizationUrl);
      const answer = await complete('evil', { handle: second.handle, code, state });
      expect(answer.status).toBeGreaterThanOrEqual(400);
    });

    it('takes no answer after ten minutes', async () => {
      const { authorizationUrl, handle } = await start(app.http, 'evil');
      const { code, state } = await evil.authorize(authorizationUrl);
      moveClock(10 * 60_000);
      const answer = await complete('evil', { handle, code, state });
      expect(problem(answer).code).toBe('federation_attempt_invalid');
    });

    it('does not mix two providers up [ASVS 10.2.2]', async () => {
      const { authorizationUrl, handle } = await start(app.http, 'evil');
      const { code, state } = await evil.authorize(authorizationUrl);
      const elsewhere = await complete('other', { handle, code, state });
      expect(problem(elsewhere).code).toBe('federation_attempt_invalid');
      // RFC 9207: the provider that answered says who it is.
      const wrong = await complete('evil', { handle, code, state, iss: other.issuer });
      expect(problem(wrong).code).toBe('provider_answer_refused');
    });

    it('misses the issuer where it was promised', async () => {
      const strict = await startHostileProvider();
      strict.metadata = { authorization_response_iss_parameter_supported: true };
      const second = await otherApp(strict);
      try {
        const answer = await signInWith(second.http, 'lax', strict, { sub: newSubject() });
        expect(problem(answer).code).toBe('provider_answer_refused');
        const begun = await start(second.http, 'lax');
        const { code, state } = await strict.authorize(begun.authorizationUrl);
        const { handle } = begun;
        const told = await second.http.post('/api/auth/federation/lax/complete', {
          handle,
          code,
          state,
          iss: strict.issuer,
        });
        expect(told.status).toBe(200);
      } finally {
        await second.close();
        await strict.close();
      }
    });
  });

  describe('with keys', () => {
    it('believes a new key of the provider, and the old one no more', async () => {
      const sub = newSubject();
      expect((await signInWith(app.http, 'evil', evil, { sub })).status).toBe(200);
      let old = '';
      evil.forge = (token) => (old = token);
      await signInWith(app.http, 'evil', evil, { sub });
      evil.forge = undefined;
      await evil.rotateKeys();
      moveClock(2 * 60_000);
      expect((await signInWith(app.http, 'evil', evil, { sub })).status).toBe(200);
      expect(payloadOf(old).sub).toBe(sub);
      evil.forge = (_, { nonce }) => {
        const [header, , signature] = old.split('.');
        const claims = Buffer.from(JSON.stringify({ ...payloadOf(old), nonce })).toString(
          'base64url',
        );
        return `${header}.${claims}.${signature}`;
      };
      await expectRefused('provider_answer_refused');
    });
  });

  describe('that fails [A63] [ASVS 16.5.3]', () => {
    it('asks the person to try again who did not consent there', async () => {
      const { authorizationUrl, handle } = await start(app.http, 'evil');
      const state = new URL(authorizationUrl).searchParams.get('state')!;
      const answer = await app.http.post('/api/auth/federation/evil/complete', { handle, state });
      expect(problem(answer).code).toBe('validation_failed');
    });

    it.each([
      ['invalid_grant', 400, 'federation_attempt_invalid'],
      ['invalid_client', 401, 'provider_answer_refused'],
      ['access_denied', 400, 'federation_declined'],
      ['temporarily_unavailable', 400, 'provider_unavailable'],
      ['nobody knows why', 503, 'provider_unavailable'],
      ['<script>', 400, 'provider_answer_refused'],
    ])('with %s in the place of a token', async (error, status, code) => {
      evil.takeOver = (request, response) => {
        if (request.url !== '/token') return false;
        sendJson(response, { error, error_description: 'x'.repeat(10_000) }, status);
        return true;
      };
      const { text } = await expectRefused(code);
      expect(text).not.toContain('xxxx');
      expect(text).not.toContain('<script>');
    });

    it.each([
      ['nothing that could be read', (response: ServerResponse) => response.end('<html>')],
      [
        'JSON that is none',
        (response: ServerResponse) =>
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"id_token":'),
      ],
      ['a list', (response: ServerResponse) => sendJson(response, [])],
      [
        'JSON that is not UTF-8',
        (response: ServerResponse) =>
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(Buffer.from('{"error":"invalid_grant","error_description":"\xFC"}', 'latin1')),
      ],
      [
        'a redirect to this machine',
        (response: ServerResponse) =>
          response.writeHead(302, { location: `${other.issuer}/token` }).end(),
      ],
    ] as [string, (response: ServerResponse) => unknown][])(
      'with %s in the place of a token',
      async (_, respond) => {
        other.asked.length = 0;
        evil.takeOver = (request, response) => {
          if (request.url !== '/token') return false;
          respond(response);
          return true;
        };
        await expectRefused('provider_answer_refused');
        expect(other.asked).toEqual([]);
      },
    );

    it('by hanging up, being slow or sending without end: other ways keep working [A62]', async () => {
      for (const respond of [
        (response: ServerResponse) => response.destroy(),
        (response: ServerResponse) =>
          void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
        (response: ServerResponse) =>
          void response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(JSON.stringify({ a: 'x'.repeat(1024 * 1024) })),
      ]) {
        evil.takeOver = (request, response) => {
          if (request.url !== '/token') return false;
          respond(response);
          return true;
        };
        const begun = performance.now();
        const [answer, theirs] = await Promise.all([
          signInWith(app.http, 'evil', evil, { sub: newSubject() }),
          signInWith(app.http, 'other', other, { sub: newSubject() }),
        ]);
        expect(problem(answer).code).toBe('provider_unavailable');
        expect(answer.headers.get('retry-after')).toBeTruthy();
        expect(performance.now() - begun).toBeLessThan(8_000);
        expect(theirs.status).toBe(200);
      }
    }, 30_000);
  });

  describe('in what it says of itself [A62] [ASVS 1.3.6, 13.2.4]', () => {
    let canary: Server;
    let canaryUrl: string;
    const touched: string[] = [];
    beforeAll(async () => {
      canary = createServer((request, response) => {
        touched.push(request.url!);
        response.end('{}');
      }).listen(0, '127.0.0.1');
      await once(canary, 'listening');
      canaryUrl = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
    });
    afterAll(() => void canary.close());

    it.each([
      ['another issuer', () => ({ issuer: 'https://accounts.google.com' })],
      ['no endpoint for tokens', () => ({ token_endpoint: undefined })],
      ['no keys', () => ({ jwks_uri: undefined })],
      ['a script to open', () => ({ authorization_endpoint: 'javascript:alert(1)' })],
      ['an endpoint of a file', () => ({ token_endpoint: 'file:///etc/passwd' })],
      ['an endpoint without TLS', () => ({ token_endpoint: 'http://example.com/token' })],
      ['keys at a private address', () => ({ jwks_uri: 'https://10.0.0.1/jwks' })],
      ['keys at the metadata of the cloud', () => ({ jwks_uri: 'http://169.254.169.254/latest' })],
      ['a list of numbers', () => ({ issuer: [1, 2, 3] })],
    ] as [string, () => Record<string, unknown>][])('with %s', async (_, metadata) => {
      const liar = await startHostileProvider();
      liar.metadata = metadata();
      const second = await otherApp(liar);
      try {
        const answer = await second.http.post('/api/auth/federation/lax/start', {
          redirectUri: REDIRECT_URI,
        });
        expect(['provider_answer_refused', 'provider_unavailable']).toContain(problem(answer).code);
        // The password goes on to work.
        expect((await second.http.get('/api/auth/federation')).status).toBe(200);
      } finally {
        await second.close();
        await liar.close();
      }
    });

    it('by sending us elsewhere for its metadata or its keys', async () => {
      const liar = await startHostileProvider();
      const second = await otherApp(liar);
      try {
        for (const path of ['/.well-known/openid-configuration', '/jwks']) {
          liar.takeOver = (request, response) => {
            if (request.url !== path) return false;
            response.writeHead(302, { location: `${canaryUrl}${path}` }).end();
            return true;
          };
          const begun = await second.http.post<{ authorizationUrl: string; handle: string }>(
            '/api/auth/federation/lax/start',
            { redirectUri: REDIRECT_URI },
          );
          if (begun.status !== 200) continue;
          const { code, state } = await liar.authorize(begun.body.authorizationUrl);
          const answer = await second.http.post('/api/auth/federation/lax/complete', {
            handle: begun.body.handle,
            code,
            state,
          });
          expect(problem(answer).code).toBe('provider_answer_refused');
        }
        expect(touched).toEqual([]);
      } finally {
        await second.close();
        await liar.close();
      }
    });
  });

  /** Another application, whose one provider is called lax. */
  async function otherApp(provider: HostileProvider): Promise<TestApp> {
    return startApp({ ...provider.variables('lax'), OIDC_REDIRECT_URIS: REDIRECT_URI });
  }
});
