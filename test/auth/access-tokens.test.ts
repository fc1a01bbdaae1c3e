import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, type Tokens } from '../support/accounts.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { moveClock, resetClock } from '../support/clock.js';
import { problem } from '../support/http.js';

const { SigningKeysService } = await built<
  typeof import('../../src/signing-keys/signing-keys.service.js')
>('src/signing-keys/signing-keys.service.js');
const { OPERATOR } = await built<typeof import('../../src/http/current-actor.decorator.js')>(
  'src/http/current-actor.decorator.js',
);

type Json = Record<string, unknown>;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
const es256 = (key: KeyObject) => (input: string) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const hs256 = (secret: string | Buffer) => (input: string) =>
  createHmac('sha256', secret).update(input).digest('base64url');

function forge(header: unknown, claims: unknown, signer: (input: string) => string): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signer(input)}`;
}

describe('access tokens', () => {
  let app: TestApp;
  let session: Tokens;
  let header: Json;
  let claims: Json;
  let ourKey: KeyObject;
  let ourJwk: JsonWebKey;

  beforeAll(async () => {
    app = await startApp();
    session = await newSession(app.http);
    const parts = session.accessToken.split('.') as [string, string, string];
    [header, claims] = [decode(parts[0]), decode(parts[1])];
    ourKey = (await app.nest.get(SigningKeysService).signer()).privateKey;
    ourJwk = createPublicKey(ourKey).export({ format: 'jwk' });
  });
  afterEach(resetClock);
  afterAll(() => app.close());

  const statusOf = async (token: string) =>
    (await app.http.as(token).get('/api/auth/session')).status;

  it('are accepted when they are ours (the forgeries below differ in one thing each)', async () => {
    expect(await statusOf(forge(header, claims, es256(ourKey)))).toBe(200);
  });

  it('are refused when they are not [A64] [A65] [A66] [ASVS 9.1.1, 9.1.2, 9.1.3, 9.2.1, 9.2.2, 9.2.3, 9.2.4, 10.3.1, 10.3.3]', async () => {
    const own = es256(ourKey);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const strangerJwk = stranger.publicKey.export({ format: 'jwk' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const pem = createPublicKey(ourKey).export({ type: 'spki', format: 'pem' }) as string;
    const der = createPublicKey(ourKey).export({ type: 'spki', format: 'der' });
    const seconds = Math.floor(Date.now() / 1000);
    const without = (object: Json, name: string) =>
      Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
    const [h, c, s] = session.accessToken.split('.') as [string, string, string];

    const forgeries: Record<string, string> = {
      ...Object.fromEntries(
        ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
          [`alg ${alg} unsigned`, forge({ ...header, alg }, claims, () => '')],
          [`alg ${alg} signed`, forge({ ...header, alg }, claims, own)],
        ]),
      ),
      ...Object.fromEntries(
        [pem, ` ${pem}`, pem.trim(), `\n${pem}`, JSON.stringify(ourJwk), der, ''].map(
          (secret, i) => [
            `HS256 with public key ${i}`,
            forge({ ...header, alg: 'HS256' }, claims, hs256(secret)),
          ],
        ),
      ),
      RS256: forge({ ...header, alg: 'RS256' }, claims, (input) =>
        sign('sha256', Buffer.from(input), rsa).toString('base64url'),
      ),
      'ES384 claimed': forge({ ...header, alg: 'ES384' }, claims, own),
      'alg of another type': forge({ ...header, alg: ['ES256'] }, claims, own),
      "a stranger's key": forge(header, claims, es256(stranger.privateKey)),
      'embedded jwk': forge({ ...header, jwk: strangerJwk }, claims, es256(stranger.privateKey)),
      jku: forge(
        { ...header, jku: 'http://127.0.0.1:9/jwks', kid: 'x' },
        claims,
        es256(stranger.privateKey),
      ),
      'unknown kid': forge({ ...header, kid: 'unknown' }, claims, own),
      'kid as path': forge({ ...header, kid: '../../../../dev/null' }, claims, hs256('')),
      'kid as SQL': forge({ ...header, kid: "' OR 1=1 --" }, claims, own),
      'kid as object': forge({ ...header, kid: { $ne: null } }, claims, own),
      'kid __proto__': forge({ ...header, kid: '__proto__' }, claims, own),
      'no kid': forge(without(header, 'kid'), claims, own),
      crit: forge({ ...header, crit: ['exp'] }, claims, own),
      'b64 false': forge({ ...header, b64: false, crit: ['b64'] }, claims, own),
      'typ JWT': forge({ ...header, typ: 'JWT' }, claims, own),
      'typ missing': forge(without(header, 'typ'), claims, own),
      'typ of another case': forge({ ...header, typ: 'AT+JWT' }, claims, own),
      expired: forge(header, { ...claims, exp: seconds - 1 }, own),
      'no iss': forge(header, without(claims, 'iss'), own),
      'other iss': forge(header, { ...claims, iss: `${PUBLIC_URL}.evil.example` }, own),
      'no aud': forge(header, without(claims, 'aud'), own),
      'other aud': forge(header, { ...claims, aud: 'https://other.example' }, own),
      'not yet valid': forge(header, { ...claims, nbf: seconds + 600 }, own),
      'sid of nobody': forge(
        header,
        { ...claims, sid: '00000000-0000-4000-8000-000000000000' },
        own,
      ),
      'sub of another': forge(
        header,
        { ...claims, sub: '00000000-0000-4000-8000-000000000000' },
        own,
      ),
      'bit flipped': `${h}.${c}.${s[0] === 'A' ? 'B' : 'A'}${s.slice(1)}`,
      'signature cut': `${h}.${c}.${s.slice(0, -4)}`,
      'no signature': `${h}.${c}.`,
      'two parts': `${h}.${c}`,
      'four parts': `${h}.${c}.${s}.${s}`,
      'other claims': `${h}.${encode({ ...claims, sub: 'x' })}.${s}`,
      'refresh token': session.refreshToken,
      'a word': 'word',
      'claims array': forge(header, [claims], own),
      'claims string': forge(header, 'claims', own),
    };
    const accepted = [];
    for (const [name, token] of Object.entries(forgeries)) {
      const answer = await app.http.as(token).get('/api/auth/session');
      if (answer.status !== 401) accepted.push([name, answer.status, answer.text]);
      else expect(problem(answer).code).toBe('invalid_token');
    }
    expect(accepted).toEqual([]);
  });

  it('without sid or with a malformed one are refused, not a server error', async () => {
    const own = es256(ourKey);
    for (const sid of [undefined, null, 1, {}, 'x', "' OR 1=1", '']) {
      expect(await statusOf(forge(header, { ...claims, sid }, own))).toBe(401);
    }
  });

  it('are read from the Authorization header only, in its one form [A68] [A69] [ASVS 14.2.1]', async () => {
    const { accessToken } = session;
    const shapes = [
      accessToken,
      'Bearer',
      'Bearer ',
      `Bearer${accessToken}`,
      `Bearer: ${accessToken}`,
      `Basic ${accessToken}`,
      `Bearer ${accessToken},Bearer ${accessToken}`,
      `Bearer ${'x'.repeat(8_000)}`,
      'Bearer é',
      `Token ${accessToken}`,
      `"Bearer ${accessToken}"`,
    ];
    for (const authorization of shapes) {
      const answer = await app.http.get('/api/auth/session', { authorization });
      expect({ authorization, status: answer.status }).toEqual({ authorization, status: 401 });
      problem(answer);
    }
    const elsewhere = [
      app.http.get(`/api/auth/session?access_token=${accessToken}`),
      app.http.get(`/api/auth/session?token=${accessToken}`),
      app.http.get('/api/auth/session', { cookie: `access_token=${accessToken}` }),
      app.http.get('/api/auth/session', { 'x-access-token': accessToken }),
      app.http.post('/api/auth/logout', { access_token: accessToken }),
    ];
    for (const answer of await Promise.all(elsewhere)) {
      expect(answer.status).toBe(401);
      expect(problem(answer).code).toBe('authentication_required');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await app.http.as('x').get('/api/auth/session')).headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token"',
    );
  });

  it('expire after ten minutes [ASVS 9.2.1]', async () => {
    const { accessToken } = await newSession(app.http);
    moveClock(599_000);
    expect(await statusOf(accessToken)).toBe(200);
    moveClock(2_000);
    expect(await statusOf(accessToken)).toBe(401);
  });

  it('survive a rotation of the signing key until they expire, then the key is gone [ASVS 11.2.2, 13.3.4]', async () => {
    const keys = app.nest.get(SigningKeysService);
    const published = async () => {
      const { body } = await app.http.get<{ keys: Json[] }>('/.well-known/jwks.json');
      return body.keys.map(({ kid }) => kid);
    };
    const before = await newSession(app.http);
    const oldKid = decode(before.accessToken.split('.')[0]!).kid;
    const known = await published();
    const newKid = await keys.rotate(OPERATOR);
    expect(known).toContain(newKid);
    await expectSoon(
      async () => decode((await newSession(app.http)).accessToken.split('.')[0]!).kid,
      newKid,
    );
    expect(await statusOf(before.accessToken)).toBe(200);
    expect(await published()).toContain(oldKid);
    moveClock(12 * 60_000);
    expect(await published()).not.toContain(oldKid);
    expect(await statusOf(forge({ ...header, kid: oldKid }, claims, es256(ourKey)))).toBe(401);
  });

  it('die with their key when it is revoked; sessions go on with the next one [A67]', async () => {
    const keys = app.nest.get(SigningKeysService);
    const kidOf = (token: string) => String(decode(token.split('.')[0]!).kid);
    const { accessToken, refreshToken } = await newSession(app.http);
    const kid = kidOf(accessToken);
    // From now on it is in memory that this one was verified.
    expect(await statusOf(accessToken)).toBe(200);
    expect(await keys.revoke(OPERATOR, kid)).toBe(true);
    await expectSoon(() => statusOf(accessToken), 401);
    const { text } = await app.http.get('/.well-known/jwks.json');
    expect(text).not.toContain(kid);
    const refreshed = await app.http.post<Tokens>('/api/auth/refresh', { refreshToken });
    expect(kidOf(refreshed.body.accessToken)).not.toBe(kid);
    expect(await statusOf(refreshed.body.accessToken)).toBe(200);
    expect(await keys.revoke(OPERATOR, kid)).toBe(false);
  });

  it('publish public keys only, for ES256 [ASVS 11.2.3, 11.6.1]', async () => {
    const { body, headers } = await app.http.get<{ keys: Json[] }>('/.well-known/jwks.json');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(body.keys.length).toBeGreaterThanOrEqual(2);
    for (const key of body.keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    }
  });

  it('keep private keys encrypted in the database [ASVS 13.3.1, 14.2.4]', async () => {
    const [row] = await app.database.sql<{ dump: string }>(
      'SELECT string_agg(k::text, chr(10)) AS dump FROM signing_keys k',
    );
    const { d } = ourKey.export({ format: 'jwk' });
    expect(row!.dump).not.toContain(d);
    expect(row!.dump).not.toContain('PRIVATE KEY');
  });
});

/** What another connection announces arrives within moments, not at once. */
async function expectSoon(actual: () => Promise<unknown>, expected: unknown): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if ((await actual()) === expected) return;
  }
  expect(await actual()).toBe(expected);
}
