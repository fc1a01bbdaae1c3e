import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';
import { built } from './built.js';

const { OAuth2Issuer, OAuth2Service } =
  await built<typeof import('oauth2-mock-server')>('oauth2-mock-server');

type Claims = Record<string, unknown>;

/** A provider on this machine that says whatever a test wants it to say. */
export interface HostileProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Go into every ID token; undefined takes a claim out. */
  claims: Claims;
  /** Go into every answer of the userinfo endpoint. */
  userInfo: Claims;
  /** Makes another ID token of the one that would be sent. */
  forge: ((token: string, payload: Claims) => string) | undefined;
  /** Changes what the provider says of itself. */
  metadata: Claims;
  /** Answers a request in its place, when it returns true. */
  takeOver: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** The paths that were asked for. */
  asked: string[];
  /** Signs with a new key from now on; the old one is gone. */
  rotateKeys: () => Promise<void>;
  /** Signs in there, as a browser would that is sent to that address; returns what comes back. */
  authorize: (authorizationUrl: string) => Promise<Record<string, string>>;
  /** The environment of an application that knows it by that name. */
  variables: (name: string) => Record<string, string>;
  close: () => Promise<void>;
}

const servers = new Set<Server>();
afterAll(() => {
  for (const server of servers) server.close();
});

/** Listens on loopback, on a port of its own. */
export async function startHostileProvider(): Promise<HostileProvider> {
  let service = new OAuth2Service(new OAuth2Issuer());
  const server = createServer((request, response) => {
    const path = request.url!.split('?', 1)[0]!;
    provider.asked.push(path);
    if (provider.takeOver?.(request, response)) return;
    if (path === '/.well-known/openid-configuration') return sendJson(response, metadata());
    return service.requestHandler(request, response);
  });
  servers.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...provider.metadata,
  });
  const provider: HostileProvider = {
    issuer,
    clientId: 'gatehouse',
    clientSecret: 'a secret between the two of them',
    claims: {},
    userInfo: {},
    forge: undefined,
    metadata: {},
    takeOver: undefined,
    asked: [],
    async rotateKeys() {
      const own = new OAuth2Issuer();
      own.url = issuer;
      await own.keys.generate('RS256');
      service = new OAuth2Service(own);
      service.on('beforeTokenSigning', ({ payload }: { payload: Claims }) =>
        assign(payload, provider.claims),
      );
      service.on('beforeResponse', ({ body }: { body: Record<string, string> }) => {
        if (provider.forge)
          body.id_token = provider.forge(body.id_token!, payloadOf(body.id_token!));
      });
      service.on('beforeUserinfo', (answer: { body: Claims }) => {
        answer.body = { sub: provider.claims.sub ?? 'johndoe', ...provider.userInfo };
      });
    },
    async authorize(authorizationUrl) {
      const answer = await fetch(authorizationUrl, { redirect: 'manual' });
      return Object.fromEntries(new URL(answer.headers.get('location')!).searchParams);
    },
    variables(name) {
      const prefix = `OIDC_${name.toUpperCase().replaceAll('-', '_')}`;
      return {
        [`${prefix}_ISSUER`]: issuer,
        [`${prefix}_CLIENT_ID`]: provider.clientId,
        [`${prefix}_CLIENT_SECRET`]: provider.clientSecret,
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      servers.delete(server);
    },
  };
  await provider.rotateKeys();
  return provider;
}

/** The claims of a token. */
export function payloadOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Claims;
}

/** A token with other claims, or of another kind. */
export const forged = {
  unsigned: (payload: Claims) => `${encoded({ alg: 'none' })}.${encoded(payload)}.`,
  /** With a secret where a key should be: that of the client, or the public key itself. */
  hs256: (payload: Claims, secret: string) => {
    const content = `${encoded({ alg: 'HS256' })}.${encoded(payload)}`;
    return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
  },
  /** With a key that the provider does not publish. */
  rs256: (payload: Claims, header: Claims = {}, key: KeyObject = keysOfStranger().privateKey) => {
    const content = `${encoded({ alg: 'RS256', ...header })}.${encoded(payload)}`;
    return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
  },
};

let strangersKeys: { publicKey: KeyObject; privateKey: KeyObject } | undefined;

/** Keys that the provider does not publish. Few tests need them, and they take longest to make. */
export function keysOfStranger(): { publicKey: KeyObject; privateKey: KeyObject } {
  strangersKeys ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return strangersKeys;
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function encoded(part: Claims): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function assign(payload: Claims, claims: Claims): void {
  for (const [name, value] of Object.entries(claims)) {
    if (value === undefined) delete payload[name];
    else payload[name] = value;
  }
}
