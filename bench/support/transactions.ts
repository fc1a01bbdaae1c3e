import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from './postgres.js';

/** For so long, and a bit less, a connection that has become idle may keep its counts to itself. */
const TOLD_AFTER = 11_000;
const IDLE_FOR = 15_000;

/** How many transactions a second there are in a database while nobody asks the applications anything. */
export async function backgroundOf(database: string): Promise<number> {
  await sleep(TOLD_AFTER);
  const began = Date.now();
  const before = await count(database);
  await sleep(IDLE_FOR);
  return (1_000 * ((await count(database)) - before)) / (Date.now() - began);
}

/**
 * How many transactions PostgreSQL counts beyond those of the background, from before some work to after it.
 * A statement outside of a transaction is one as well. Below zero, when the background did less than before.
 */
export async function transactionsOf(
  database: string,
  background: number,
  work: () => Promise<void>,
): Promise<number> {
  await sleep(TOLD_AFTER);
  const began = Date.now();
  const before = await count(database);
  await work();
  await sleep(TOLD_AFTER);
  const counted = (await count(database)) - before;
  return counted - (background * (Date.now() - began)) / 1_000;
}

async function count(database: string): Promise<number> {
  const { rows } = await sql<{ count: string }>(
    database,
    `SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()`,
  );
  return Number(rows[0]!.count);
}
