import { spawn } from 'node:child_process';
import { createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { freePort, ROOT } from '../support/process.js';

const { SigningKeysService } = await built<
  typeof import('../../src/signing-keys/signing-keys.service.js')
>('src/signing-keys/signing-keys.service.js');
const { OPERATOR } = await built<typeof import('../../src/http/current-actor.decorator.js')>(
  'src/http/current-actor.decorator.js',
);

const PAGE = readFileSync(join(ROOT, 'docs/verifying-tokens.md'), 'utf8');
const FOLDER = join(ROOT, 'test-results', `verifying-${process.pid}`);

type Json = Record<string, unknown>;
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;

describe('the example of docs/verifying-tokens.md', () => {
  let app: TestApp;
  let issuer: string;
  beforeAll(async () => {
    const port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    app = await startApp({ PORT: String(port), PUBLIC_URL: issuer });
    const [, example] = /```js\n([\s\S]*?)```/.exec(PAGE)!;
    expect(example!.split('https://accounts.example.com')).toHaveLength(2);
    mkdirSync(FOLDER, { recursive: true });
    // As a service has it: a module of its own, with jose among the packages.
    writeFileSync(
      join(FOLDER, 'verify.mjs'),
      example!.replace('https://accounts.example.com', issuer),
    );
    writeFileSync(
      join(FOLDER, 'service.mjs'),
      `import { claimsOf } from './verify.mjs';
       let all = '';
       for await (const chunk of process.stdin) all += chunk;
       const results = JSON.parse(all).map((token) =>
         claimsOf(token).then(({ sub }) => sub, ({ code }) => 'refused: ' + code));
       console.log(JSON.stringify(await Promise.all(results)));`,
    );
  });
  afterAll(async () => {
    await app.close();
    rmSync(FOLDER, { recursive: true });
  });

  /** What a service that was just started says of tokens: whose they are, or why not. */
  const verify = async (tokens: string[]): Promise<string[]> => {
    const service = spawn(process.execPath, [join(FOLDER, 'service.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    service.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    service.stdin.end(JSON.stringify(tokens));
    await once(service, 'close');
    return JSON.parse(output) as string[];
  };

  it('accepts our access tokens and nothing else [A64] [A66]', async () => {
    const { accessToken, refreshToken, user } = await newSession(app.http);
    const [head, body] = accessToken.split('.') as [string, string];
    const [header, claims] = [decode(head), decode(body)];
    const { privateKey } = await app.nest.get(SigningKeysService).signer();
    const forge = (changed: Json, more: Json = {}, key: KeyObject = privateKey) => {
      const input = `${encode({ ...header, ...changed })}.${encode({ ...claims, ...more })}`;
      const options = { key, dsaEncoding: 'ieee-p1363' } as const;
      return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`;
    };
    const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
    const input = `${encode({ ...header, alg: 'HS256' })}.${body}`;
    const hs256 = `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    const seconds = Math.floor(Date.now() / 1000);
    const forgeries = [
      refreshToken,
      '',
      `${encode({ ...header, alg: 'none' })}.${body}.`,
      hs256,
      forge({ typ: 'JWT' }),
      forge({ typ: undefined }),
      forge({ kid: 'unknown' }),
      forge({}, { iss: 'https://evil.example' }),
      forge({}, { aud: 'https://evil.example' }),
      forge({}, { exp: seconds - 60 }),
      forge({}, { exp: undefined }),
      forge({}, { sub: undefined }),
    ];
    const [own, forged, ...refused] = await verify([accessToken, forge({}), ...forgeries]);
    expect([own, forged]).toEqual([user.id, user.id]);
    expect(refused).toEqual(forgeries.map(() => expect.stringMatching(/^refused: ERR_/)));
  });

  it('learns of a sign-out late, and of a revoked key with the next fetch', async () => {
    const { accessToken, http, user } = await newSession(app.http);
    await http.post('/api/auth/logout');
    expect((await http.get('/api/auth/session')).status).toBe(401);
    expect(await verify([accessToken])).toEqual([user.id]);
    const { headers } = await app.http.get('/.well-known/jwks.json');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(PAGE).toContain('`Cache-Control: public, max-age=300`');
    const keys = app.nest.get(SigningKeysService);
    const { kid } = decode(accessToken.split('.')[0]!);
    await keys.rotate(OPERATOR);
    expect(await verify([accessToken])).toEqual([user.id]);
    await keys.revoke(OPERATOR, kid as string);
    expect(await verify([accessToken])).toEqual(['refused: ERR_JWKS_NO_MATCHING_KEY']);
  });

  it('names the claims that a token has', async () => {
    const { accessToken } = await newSession(app.http);
    const rows = [...PAGE.matchAll(/^\| ((?:`\w+`(?:, )?)+) +\|/gm)].flatMap(([, names]) =>
      names!.match(/\w+/g)!,
    );
    const claims = decode(accessToken.split('.')[1]!);
    expect(rows.toSorted()).toEqual(Object.keys(claims).toSorted());
    expect(Number(claims.exp) - Number(claims.iat)).toBe(600);
  });
});
