import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { problem } from '../support/http.js';
import { browserOf } from '../support/page-cookies.js';
import { API_ROUTES, sendRaw } from '../support/route-table.js';

const { SigningKeysService } = await built<
  typeof import('../../src/signing-keys/signing-keys.service.js')
>('src/signing-keys/signing-keys.service.js');
const { newSecretToken } = await built<typeof import('../../src/common/secret-token.js')>(
  'src/common/secret-token.js',
);

const CLOSED = API_ROUTES.filter(({ isPublic }) => !isPublic);

type Json = Record<string, unknown>;
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
const es256 = (key: KeyObject) => (input: string) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');

describe('no route of the API', () => {
  let app: TestApp;
  let accessToken: string;
  let refreshToken: string;
  let before: string;
  beforeAll(async () => {
    app = await startApp();
    ({ accessToken, refreshToken } = await superuserSession(app));
    before = await app.database.fingerprint();
  });
  afterAll(() => app.close());

  /** What is not refused with 401, of these ways to ask every route. */
  const accepted = async (
    ways: Record<string, (method: string, path: string) => Promise<number>>,
  ) => {
    const found = [];
    for (const { method, address } of CLOSED) {
      for (const [name, ask] of Object.entries(ways)) {
        const status = await ask(method, address);
        if (status !== 401) found.push({ method, address, name, status });
      }
    }
    expect(await app.database.fingerprint()).toBe(before);
    return found;
  };

  it('takes a forged token, or one of another kind [A64] [A65] [A66] [ASVS 9.1.1, 9.1.2, 9.1.3, 9.2.2]', async () => {
    const [h, c, s] = accessToken.split('.') as [string, string, string];
    const [header, claims] = [decode(h), decode(c)];
    const ourKey = (await app.nest.get(SigningKeysService).signer()).privateKey;
    const publicKey = createPublicKey(ourKey);
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forge = (head: Json, body: Json, signer: (input: string) => string) => {
      const input = `${encode(head)}.${encode(body)}`;
      return `${input}.${signer(input)}`;
    };
    const own = es256(ourKey);
    const foreign = es256(stranger.privateKey);
    const jwk = stranger.publicKey.export({ format: 'jwk' });
    const { cookie, formToken } = browserOf(accessToken);
    const forged: Record<string, string> = {
      'alg none': forge({ ...header, alg: 'none' }, claims, () => ''),
      'HS256 with our public key': forge({ ...header, alg: 'HS256' }, claims, (input) =>
        createHmac('sha256', pem).update(input).digest('base64url'),
      ),
      'another key': forge(header, claims, foreign),
      'a key it brings along': forge({ ...header, jwk }, claims, foreign),
      'a key it points to': forge({ ...header, jku: `${app.http.url}/jwks` }, claims, foreign),
      'another type': forge({ ...header, typ: 'JWT' }, claims, own),
      'another audience': forge(header, { ...claims, aud: 'https://other.example' }, own),
      expired: forge(header, { ...claims, exp: Math.floor(Date.now() / 1000) - 1 }, own),
      'another session': forge(
        header,
        { ...claims, sid: '00000000-0000-4000-8000-000000000000' },
        own,
      ),
      'no signature': `${h}.${c}.`,
      'other claims': `${h}.${encode({ ...claims, aud: 'x' })}.${s}`,
      'a refresh token': refreshToken,
      'a cookie': cookie.split('session=')[1]!,
      'a form token': formToken,
      'a session id': String(claims.sid),
      'a user id': String(claims.sub),
    };
    const ways = Object.fromEntries(
      Object.entries(forged).map(([name, token]) => [
        name,
        async (method: string, path: string) =>
          (await app.http.as(token).send(method, path)).status,
      ]),
    );
    expect(await accepted(ways)).toEqual([]);
  });

  it('takes a token from elsewhere than the one header, or with it twice [A68] [A69] [ASVS 14.2.1, 15.3.7]', async () => {
    const send = (method: string, path: string, headers: Record<string, string>, body?: object) =>
      app.http.send(method, path, body, headers).then(({ status }) => status);
    const { host } = new URL(app.http.url);
    const twice = async (method: string, path: string) => {
      const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close'];
      const both = ['Authorization: Bearer x', `Authorization: Bearer ${accessToken}`];
      const answer = await sendRaw(app.http.url, [...lines, ...both, '', ''].join('\r\n'));
      return Number(answer.split(' ')[1]);
    };
    const found = await accepted({
      query: (method, path) => send(method, `${path}?access_token=${accessToken}`, {}),
      'another query': (method, path) => send(method, `${path}?token=${accessToken}`, {}),
      cookie: (method, path) => send(method, path, { cookie: `access_token=${accessToken}` }),
      'cookies of pages': (method, path) => send(method, path, browserHeaders()),
      'another header': (method, path) => send(method, path, { 'x-access-token': accessToken }),
      'a proxy’s header': (method, path) =>
        send(method, path, { 'proxy-authorization': `Bearer ${accessToken}` }),
      basic: (method, path) =>
        send(method, path, { authorization: `Basic ${btoa(`boss:${PASSWORD}`)}` }),
      'no scheme': (method, path) => send(method, path, { authorization: accessToken }),
      'another scheme': (method, path) =>
        send(method, path, { authorization: `Token ${accessToken}` }),
      'two in one header': (method, path) =>
        send(method, path, { authorization: `Bearer x, Bearer ${accessToken}` }),
      'not ASCII': (method, path) => send(method, path, { authorization: 'Bearer ÿ' }),
      body: (method, path) =>
        method === 'GET'
          ? Promise.resolve(401)
          : send(method, path, {}, { access_token: accessToken }),
      twice,
    });
    expect(found).toEqual([]);
  });

  it('answers a broken Authorization with anything but a problem document [A68]', async () => {
    const shapes = [
      'Bearer',
      'Bearer  ',
      'bearer',
      'Bearer\t',
      'Bearer .',
      'Bearer ..',
      'Bearer a.b.c',
      'Bearer ,',
      'Bearer null',
      'Bearer undefined',
      'Bearer [object Object]',
      `Bearer ${'.'.repeat(5_000)}`,
      `Bearer ${encode({})}.${encode({})}.`,
      `Bearer ${encode(null)}.x.y`,
      `Bearer ${encode([])}.x.y`,
      'Negotiate x',
      'Digest username="x"',
    ];
    for (const authorization of shapes) {
      const answer = await app.http.get('/api/users/me', { authorization });
      expect({ authorization, status: answer.status }).toEqual({ authorization, status: 401 });
      expect(problem(answer).code).toBe('invalid_token');
    }
    const lines = [
      'GET /api/users/me HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${'x'.repeat(65_536)}`,
    ];
    const huge = await sendRaw(app.http.url, [...lines, '', ''].join('\r\n'));
    expect(huge).toMatch(/^HTTP\/1\.1 431 [^]*problem\+json/);
  });

  it('gives tokens for an implicit or a password grant [ASVS 10.4.4]', async () => {
    const { username } = await newSession(app.http);
    const grant = { grant_type: 'password', client_id: 'x', username, password: PASSWORD };
    const form = new URLSearchParams(grant).toString();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const paths = ['/api/auth/login', '/token', '/oauth/token', '/oauth2/token', '/connect/token'];
    for (const path of paths) {
      for (const answer of [
        await app.http.send('POST', path, form, type),
        await app.http.post(path, grant),
      ]) {
        expect([404, 415, 422]).toContain(answer.status);
        expect(answer.text).not.toContain('eyJ');
      }
      const query = 'response_type=token&client_id=x&redirect_uri=https%3A%2F%2Fevil.example';
      const asked = await app.http.get(`${path.replace('token', 'authorize')}?${query}`);
      // Signing in is a POST, and takes no query.
      expect(asked.status).toBe(path === '/api/auth/login' ? 405 : 404);
    }
  });

  const browserHeaders = () => ({ cookie: browserOf(accessToken).cookie });
});

describe('secrets', () => {
  it('are 256 random bits, no two alike, no bit favoured [ASVS 7.2.3, 11.5.1]', () => {
    const count = 4_000;
    const tokens = Array.from({ length: count }, newSecretToken);
    expect(new Set(tokens).size).toBe(count);
    const ones = Array.from({ length: 256 }, () => 0);
    for (const token of tokens) {
      expect(token).toMatch(/^[\w-]{43}$/);
      const bytes = Buffer.from(token, 'base64url');
      for (let bit = 0; bit < 256; bit++) ones[bit]! += (bytes[bit >> 3]! >> (bit & 7)) & 1;
    }
    // Eight standard deviations: no honest source gets there, a stuck or a biased bit does.
    const tolerance = 8 * Math.sqrt(count / 4);
    for (const sum of ones) expect(Math.abs(sum - count / 2)).toBeLessThan(tolerance);
  });
});
