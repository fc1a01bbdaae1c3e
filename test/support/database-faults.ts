import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll } from '@jest/globals';
import type { Client } from 'pg';
import { built } from './built.js';

/** A request that carries it has the statement of that number fail in that way: `3 terminate`. */
export const FAULT_HEADER = 'x-database-fault';

/** How a statement fails, beside those that PostgreSQL refuses with an SQLSTATE. */
export const CUTS = [
  /** PostgreSQL ends the connection instead of running the statement: 57P01, and nothing after it. */
  'terminate',
  /** The network cuts the connection before the statement is sent. */
  'cut',
  /** It cuts the connection when the statement was sent: what became of it is unknown. */
  'cut once sent',
  /** It cut the connection a while ago: the application has been told before it asks. */
  'gone',
] as const;

interface Watched {
  at: number;
  fault: string;
  statements: number;
}

type Query = (this: Client & { connection: { stream: Socket } }, ...args: unknown[]) => unknown;

const watched = new AsyncLocalStorage<Watched | undefined>();
let latest: Watched | undefined;
let putBack: (() => void) | undefined;

// This package and all asynchronous work of a worker outlive a test file. What it left there would slow down the next.
afterAll(() => {
  putBack?.();
  watched.disable();
});

/** From here on, requests to this server may ask for faults. */
export async function allowFaults(server: Server): Promise<void> {
  const { Client: Original } = (await built<{ default: typeof import('pg') }>('pg')).default;
  const prototype = Original.prototype as unknown as { query: Query };
  const original = prototype.query;
  prototype.query = function query(this: ThisParameterType<Query>, ...args: unknown[]) {
    return runOrFail(this, args, original);
  };
  putBack = () => (prototype.query = original);
  server.prependListener('request', ({ headers }: { headers: Record<string, string> }) => {
    const header = headers[FAULT_HEADER];
    // The next request on the same connection must not inherit the fault.
    if (header === undefined) return watched.enterWith(undefined);
    const [at] = header.split(' ', 1);
    latest = { at: Number(at), fault: header.slice(at!.length + 1), statements: 0 };
    watched.enterWith(latest);
  });
}

/** Whether the latest request reached the statement that was to fail. */
export function hasFailed(): boolean {
  return latest !== undefined && latest.statements >= latest.at;
}

function runOrFail(client: ThisParameterType<Query>, args: unknown[], original: Query): unknown {
  const request = watched.getStore();
  if (!request || applicationOf(client) !== 'gatehouse') return original.apply(client, args);
  if (++request.statements !== request.at) return original.apply(client, args);
  const { stream } = client.connection;
  switch (request.fault) {
    case 'terminate':
      return original.apply(client, instead('SELECT pg_terminate_backend(pg_backend_pid())', args));
    case 'cut':
      stream.destroy();
      return original.apply(client, args);
    case 'cut once sent': {
      const answer = original.apply(client, args);
      setImmediate(() => stream.destroy());
      return answer;
    }
    case 'gone':
      stream.destroy();
      return once(stream, 'close').then(() => original.apply(client, args));
    default:
      return original.apply(client, instead(raising(request.fault), args));
  }
}

/** The arguments of a call of `query` with another statement. */
function instead(text: string, args: unknown[]): unknown[] {
  const callback = args.findLast((one) => typeof one === 'function');
  return callback ? [text, callback] : [text];
}

function raising(sqlstate: string): string {
  return `DO $$BEGIN RAISE EXCEPTION 'an outage' USING ERRCODE = '${sqlstate}'; END$$`;
}

function applicationOf(client: Client): string | undefined {
  const { connectionParameters } = client as unknown as {
    connectionParameters: { application_name?: string };
  };
  return connectionParameters.application_name;
}
