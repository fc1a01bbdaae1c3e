import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll } from '@jest/globals';
import type { Pool } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { built } from './built.js';

/** A connection that the running code may hold, and the hold that it was called under. */
interface Hold {
  pool: Pool;
  isHeld: () => boolean;
  outer: Hold | undefined;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

const running = new AsyncLocalStorage<Hold>();
const found: string[] = [];
const replaced: (() => void)[] = [];

/**
 * From here on, a flow that asks a pool for a connection while it holds another one of it gets an error. Ten such
 * flows at once would wait for an eleventh connection, and all requests with them.
 */
export async function refuseSecondConnections(): Promise<void> {
  if (replaced.length > 0) return;
  const { DataSource: Source, EntityManager: Manager } =
    await built<typeof import('typeorm')>('typeorm');
  const { Pool: AnyPool } = (await built<{ default: typeof import('pg') }>('pg')).default;
  replace(Manager.prototype, 'transaction', watchTransaction);
  replace(Source.prototype, 'createQueryRunner', watchQueryRunner);
  replace(AnyPool.prototype, 'connect', refuseSecond);
}

// These packages and all asynchronous work of a worker outlive a test file. What it left there would slow down the next.
afterAll(() => {
  for (const putBack of replaced.splice(0)) putBack();
  running.disable();
});

/** Returns the requests for a second connection since the last call, each with its stack, and forgets them. */
export function secondConnections(): string[] {
  return found.splice(0);
}

function watchTransaction(original: Method): Method {
  return async function transaction(...args) {
    const pool = poolOf((this as EntityManager).dataSource);
    let isOver = false;
    const hold = { pool, isHeld: () => !isOver, outer: running.getStore() };
    // It may come after a level of isolation, and before nothing.
    const watched = args.map((given) =>
      typeof given === 'function'
        ? (tx: EntityManager) => running.run(hold, given as (tx: EntityManager) => unknown, tx)
        : given,
    );
    try {
      return await original.apply(this, watched);
    } finally {
      isOver = true;
    }
  };
}

/** Our own code takes a runner to hold a lock for longer; TypeORM takes one for each statement. */
function watchQueryRunner(original: Method): Method {
  return function createQueryRunner(...args) {
    const runner = original.apply(this, args) as QueryRunner & { databaseConnection?: unknown };
    if (!callerOf(createQueryRunner).includes('/node_modules/typeorm/')) {
      running.enterWith({
        pool: poolOf(this as DataSource),
        isHeld: () => runner.databaseConnection !== undefined && !runner.isReleased,
        outer: running.getStore(),
      });
    }
    return runner;
  };
}

function refuseSecond(original: Method): Method {
  return function connect(...args) {
    if (!isHeld(running.getStore(), this as Pool)) return original.apply(this, args);
    const error = new Error('A flow that holds a connection of the pool asks it for a second one.');
    found.push(error.stack!);
    const [callback] = args as [((error: Error) => void)?];
    return callback ? callback(error) : Promise.reject(error);
  };
}

/** The file from which a function was called, as it is and not as source maps have it. */
function callerOf(called: (...args: never[]) => unknown): string {
  const { prepareStackTrace } = Error as { prepareStackTrace?: unknown };
  Error.prepareStackTrace = (_error, [caller]) => caller?.getFileName() ?? '';
  const trace = { stack: '' };
  Error.captureStackTrace(trace, called);
  const { stack } = trace;
  Object.assign(Error, { prepareStackTrace });
  return stack;
}

function isHeld(hold: Hold | undefined, pool: Pool): boolean {
  if (!hold) return false;
  return (hold.pool === pool && hold.isHeld()) || isHeld(hold.outer, pool);
}

function replace(prototype: object, name: string, by: (original: Method) => Method): void {
  const methods = prototype as Record<string, Method>;
  const original = methods[name]!;
  methods[name] = by(original);
  replaced.push(() => (methods[name] = original));
}

const poolOf = ({ driver }: DataSource) => (driver as PostgresDriver).master as Pool;
