import { isUtf8 } from 'node:buffer';
import { lookup as dnsLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { CustomFetch } from 'openid-client';
import type { Dispatcher } from 'undici';
import { AppConfig } from '../platform/config/app-config.js';
import { kindOfAddress } from './public-address.js';

/** For all of an answer, in milliseconds. */
const TIMEOUT = 5_000;
const MAX_BYTES = 1024 * 1024;

/** That a provider was not reached, or is nowhere that may be asked. The message is for the log. */
export class ProviderUnreachable extends Error {}

/** That an answer has bytes that are no text. The message is for the log. */
class ProviderNotUtf8 extends Error {}

/**
 * The one client with which others are asked, as an administrator or a provider itself may name any address
 * (ATTACKS A62): https only, to public addresses only, which is looked at when a name has been resolved for the
 * very connection; no redirects, 5 seconds, 1 MB. Outside of production this machine may be asked as well,
 * without TLS.
 */
@Injectable()
export class ProviderHttp implements OnApplicationShutdown {
  private readonly allowsLoopback: boolean;
  private dispatcher: Promise<Dispatcher> | undefined;

  constructor({ environment }: AppConfig) {
    this.allowsLoopback = environment !== 'production';
  }

  /** `fetch` as openid-client takes it. Throws `ProviderUnreachable`. */
  readonly fetch: CustomFetch = async (address, { method, headers, body }) => {
    const url = new URL(address);
    this.assertAllowed(url);
    const { request } = await import('undici');
    try {
      const answer = await request(url, {
        method: method as 'GET' | 'POST',
        headers: { ...headers, 'accept-encoding': 'identity' },
        body: body instanceof URLSearchParams ? body.toString() : ((body ?? null) as string | null),
        dispatcher: await this.agent(),
        signal: AbortSignal.timeout(TIMEOUT),
      });
      return new Response(await textOf(answer), {
        status: answer.statusCode,
        headers: headersOf(answer),
      });
    } catch (error) {
      if (error instanceof ProviderUnreachable || error instanceof ProviderNotUtf8) throw error;
      throw new ProviderUnreachable(`${url.origin}: ${reasonOf(error)}`);
    }
  };

  async onApplicationShutdown(): Promise<void> {
    await (await this.dispatcher)?.close();
  }

  /** Throws `ProviderUnreachable` for what is no address to ask, as far as the address itself tells. */
  assertAllowed({ protocol, hostname, origin }: URL): void {
    const isLocal = hostname === 'localhost' || this.kindOf(hostname) === 'loopback';
    const isAllowed = protocol === 'https:' || (protocol === 'http:' && isLocal);
    if (!isAllowed || (isLocal && !this.allowsLoopback)) {
      throw new ProviderUnreachable(`${origin} is no https:// address of somebody else.`);
    }
    // A name is looked at when it has been resolved; an address never is.
    if (this.kindOf(hostname) === 'private') {
      throw new ProviderUnreachable(`${origin} is a private address.`);
    }
  }

  private kindOf(hostname: string) {
    const isAddress = hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
    return isAddress ? kindOfAddress(hostname.replaceAll(/[[\]]/g, '')) : undefined;
  }

  /** Nobody who has no provider pays for it. */
  private agent(): Promise<Dispatcher> {
    this.dispatcher ??= import('undici').then(
      ({ Agent }) =>
        new Agent({
          connect: { lookup: this.lookup, timeout: TIMEOUT },
          headersTimeout: TIMEOUT,
          bodyTimeout: TIMEOUT,
          maxResponseSize: MAX_BYTES,
        }),
    );
    return this.dispatcher;
  }

  /** Resolves a name for a connection, to addresses that may be asked only. */
  private readonly lookup: LookupFunction = (hostname, options, done) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const isForbidden = addresses.some(({ address }) => {
        const kind = kindOfAddress(address);
        return kind === 'private' || (kind === 'loopback' && !this.allowsLoopback);
      });
      if (isForbidden || addresses.length === 0) {
        return done(new ProviderUnreachable(`${hostname} has a private address.`), []);
      }
      const [{ address, family }] = addresses as [(typeof addresses)[0]];
      return options.all ? done(null, addresses) : done(null, address, family);
    });
  };
}

async function textOf({ body }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new ProviderUnreachable('The answer is larger than 1 MB.');
    chunks.push(chunk);
  }
  const answer = Buffer.concat(chunks);
  // Decoded all the same, two subjects that differ could become equal.
  if (!isUtf8(answer)) throw new ProviderNotUtf8('The answer is not UTF-8.');
  return answer.toString();
}

function headersOf({ headers }: Dispatcher.ResponseData): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
