import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Declarations } from '../../common/declarations.js';
import { OperatorError } from '../../common/operator-error.js';
import type { AppConfig } from '../config/app-config.js';
import { createDataSource, type GatehouseDataSource } from './data-source.js';
import { explainDatabaseFailure } from './database-failures.js';
import { assertUsableNow } from './database-state.js';
import { migrate } from './migrate.js';
import { assertInSchema, createSchema } from './own-schema.js';
import { assertMigrated } from './pending-migrations.js';

/** A database that starts beside us (docker compose) gets half a minute to appear. */
const ATTEMPTS = 10;
const PAUSE = 3_000;

/** How a process uses the database. */
export interface OpenOptions {
  /** It is the application, of which an embedded database has only one. */
  exclusive: boolean;
  /** Whether pending migrations are applied, stop it, or do not matter. */
  schema: 'migrate' | 'check' | 'as it is';
}

/** The database cannot be used; the message says why and what to do. */
export class DatabaseError extends OperatorError {}

/**
 * Connects to the database and brings its schema up to date, or checks that it is. What may pass is tried again, with
 * one line in the log each time; what needs a person is not. Throws `OperatorError`.
 */
export async function openDatabase(
  config: AppConfig,
  declarations: Declarations,
  options: OpenOptions,
): Promise<GatehouseDataSource> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(config, declarations, options);
    } catch (error) {
      const cause = error instanceof OperatorError ? error.cause : error;
      const failure = explainDatabaseFailure(cause, config);
      const mayPass = failure?.isPassing && config.databaseUrl !== undefined;
      if (!mayPass || attempt === ATTEMPTS) {
        if (error instanceof OperatorError || !failure) throw error;
        throw new DatabaseError(failure.sentence, { cause });
      }
      const sentence = error instanceof OperatorError ? error.message : failure.sentence;
      new Logger('Database').warn(`${sentence} Trying again (${attempt} of ${ATTEMPTS - 1}).`);
      await sleep(PAUSE);
    }
  }
}

async function open(
  config: AppConfig,
  declarations: Declarations,
  { exclusive, schema }: OpenOptions,
): Promise<GatehouseDataSource> {
  const dataSource = await createDataSource(config, declarations, exclusive);
  try {
    if (declarations.schema !== undefined && schema === 'migrate') {
      await createSchema(dataSource, declarations.schema);
    }
    await dataSource.initialize();
    if (declarations.schema !== undefined) await assertInSchema(dataSource, declarations.schema);
    await assertUsableNow(dataSource, exclusive || schema === 'migrate');
    if (schema === 'check') await assertMigrated(dataSource);
    else if (schema === 'migrate')
      await migrate(dataSource, (error) => explainDatabaseFailure(error, config)?.sentence);
    dataSource.mayUpgrade = schema === 'migrate';
    return dataSource;
  } catch (error) {
    // What failed first says most.
    await dataSource.destroy().catch(() => undefined);
    throw error;
  }
}
