import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { built } from './built.js';
import { ROOT } from './process.js';

const { createOidcProvider } = await built<typeof import('../../scripts/oidc-provider.mjs')>(
  join(ROOT, 'scripts/oidc-provider.mjs'),
);

const CLIENT = { id: 'gatehouse', secret: 'a secret between the two of them' };

/** A certified provider on this machine (panva/node-oidc-provider). */
export interface HonestProvider {
  issuer: string;
  /** The environment of an application that knows it by that name. */
  variables: (name: string) => Record<string, string>;
  /** Types that name there and consents, as a browser would that is sent to that address; returns what comes back. */
  authorize: (authorizationUrl: string, login: string) => Promise<Record<string, string>>;
  close: () => Promise<void>;
}

const servers = new Set<Server>();
afterAll(() => {
  for (const server of servers) server.close();
});

/**
 * Listens on loopback, on a port of its own.
 * @param host what it is called: browsers take another name for another site
 */
export async function startHonestProvider(
  redirectUris: string[],
  host = '127.0.0.1',
): Promise<HonestProvider> {
  const server = createServer();
  servers.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`;
  const answer = createOidcProvider(issuer, { ...CLIENT, redirectUris }).callback();
  server.on('request', (request, response) => void answer(request, response));
  return {
    issuer,
    variables(name) {
      const prefix = `OIDC_${name.toUpperCase().replaceAll('-', '_')}`;
      return {
        [`${prefix}_ISSUER`]: issuer,
        [`${prefix}_CLIENT_ID`]: CLIENT.id,
        [`${prefix}_CLIENT_SECRET`]: CLIENT.secret,
      };
    },
    authorize,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      servers.delete(server);
    },
  };
}

async function authorize(authorizationUrl: string, login: string): Promise<Record<string, string>> {
  const { origin } = new URL(authorizationUrl);
  const cookies = new Map<string, string>();
  const visit = async (address: string, fields?: Record<string, string>) => {
    const answer = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value) cookies.set(name!, value);
      else cookies.delete(name!);
    }
    return answer;
  };
  let address = authorizationUrl;
  for (let step = 0; step < 12; step++) {
    const answer = await visit(address);
    const location = answer.headers.get('location');
    const target = location === null ? undefined : new URL(location, origin);
    if (target && target.origin !== origin) return Object.fromEntries(target.searchParams);
    if (target) {
      address = target.href;
      continue;
    }
    const page = await answer.text();
    const [, prompt] = /name="prompt" value="(\w+)"/.exec(page) ?? [];
    if (!prompt) throw new Error(`no form on: ${page}`);
    const sent = await visit(address, { prompt, login, password: 'any' });
    address = new URL(sent.headers.get('location')!, origin).href;
  }
  throw new Error('The provider asks without end.');
}
