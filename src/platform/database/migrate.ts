import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OperatorError } from '../../common/operator-error.js';
import type { GatehouseDataSource } from './data-source.js';
import { DeadlineClient } from './deadline-client.js';
import { exclusively } from './exclusively.js';
import { assertMayMigrate } from './migration-rights.js';
import { type DeclaredMigration, executorOf, type MigrationSet } from './migration-sets.js';
import { readMigrationState } from './migration-state.js';
import { assertNoForeignTables } from './own-schema.js';
import { mayTakeOver, takeOver } from './take-over.js';

/** A migration failed, and was rolled back. */
export class MigrationError extends OperatorError {}

/** Says what a failure means to an operator. */
export type Explain = (error: unknown) => string | undefined;

/**
 * Applies pending migrations, ours first. Instances that start together wait for one another: the first to get the lock
 * migrates, the others find nothing left to do. Throws `MigrationError`, or `OperatorError` when the role lacks a right
 * that is known beforehand.
 */
export async function migrate(dataSource: GatehouseDataSource, explain: Explain): Promise<void> {
  await withMigrationLock(dataSource, (direct) => applyPending(direct, dataSource, explain));
}

/**
 * Takes back the latest applied migration of a set, and returns its name; undefined when none is applied. Throws
 * `MigrationError`, or `OperatorError` when the code does not have it.
 */
export async function revertLatest(
  dataSource: GatehouseDataSource,
  { isOfProduct }: Pick<MigrationSet, 'isOfProduct'>,
  explain: Explain,
): Promise<string | undefined> {
  const sets = dataSource.migrationSets;
  const set = sets.find((one) => one.isOfProduct === isOfProduct)!;
  return withMigrationLock(dataSource, async (direct) => {
    await takeOver(direct, await readMigrationState(sets, direct.query.bind(direct)));
    const executor = executorOf(direct, set);
    const [latest] = await executor.getExecutedMigrations();
    if (!latest) return undefined;
    const known = set.migrations.find(({ name }) => name === latest.name);
    if (!known) {
      throw new OperatorError(
        `The code has no migration ${latest.name}, the latest in the table ${set.table}. The version that applied it can take it back.`,
      );
    }
    await withoutDeadline(() => executor.undoLastMigration()).catch((cause: unknown) => {
      throw failureOf(known, set, cause, explain);
    });
    return known.name;
  });
}

/** Gives `work` the direct way to the database, while no other process migrates. */
async function withMigrationLock<T>(
  dataSource: GatehouseDataSource,
  work: (direct: DataSource) => Promise<T>,
): Promise<T> {
  const { address, directAddress } = dataSource;
  return exclusively(directAddress, 'migrations', async () => {
    const isDirect = directAddress === address;
    const extra = directAddress.poolOptions('gatehouse migrations');
    const direct = isDirect
      ? dataSource
      : new DataSource({ ...dataSource.options, poolSize: 1, extra } as never);
    if (!isDirect) await direct.initialize();
    try {
      return await work(direct);
    } finally {
      if (!isDirect) await direct.destroy();
    }
  });
}

/** A migration takes as long as it takes, and nothing else uses the pool yet. */
async function withoutDeadline<T>(work: () => Promise<T>): Promise<T> {
  DeadlineClient.isSuspended = true;
  try {
    return await work();
  } finally {
    DeadlineClient.isSuspended = false;
  }
}

async function applyPending(
  dataSource: DataSource,
  ours: GatehouseDataSource,
  explain: Explain,
): Promise<void> {
  const sets = ours.migrationSets;
  const read = dataSource.query.bind(dataSource);
  const state = await readMigrationState(sets, read);
  const isPending = state.pending.length > 0;
  // Before anything is created.
  await assertMayMigrate(dataSource, isPending);
  if (!state.hasOurTable && state.leftBehind.length === 0) await assertNoForeignTables(ours);
  if (isPending || (state.leftBehind.length > 0 && (await mayTakeOver(dataSource)))) {
    await takeOver(dataSource, state);
  }
  for (const set of sets) {
    if (!set.migrations.some((one) => state.pending.includes(one))) continue;
    try {
      const executor = executorOf(dataSource, set);
      const applied = await withoutDeadline(() => executor.executePendingMigrations());
      for (const { name } of applied) new Logger('Migrations').log(`Applied ${name}`);
    } catch (cause) {
      // Each was committed by itself: the first that is still pending has failed.
      const { pending } = await readMigrationState(sets, read).catch(() => state);
      const [failed] = pending;
      throw failureOf(failed!, set, cause, explain);
    }
  }
}

function failureOf(
  { name, file, instance }: DeclaredMigration,
  { isOfProduct }: MigrationSet,
  cause: unknown,
  explain: Explain,
): MigrationError {
  const reason = explain(cause) ?? `${cause instanceof Error ? cause.message : String(cause)}.`;
  const where = isOfProduct ? ` (${file})` : '';
  const rest =
    instance.transaction === false
      ? ' outside a transaction, and what it did before stays'
      : ', and nothing of it was kept';
  return new MigrationError(`The migration ${name}${where} failed${rest}. ${reason}`, { cause });
}
