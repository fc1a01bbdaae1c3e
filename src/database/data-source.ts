import { DataSource, type DataSourceOptions } from 'typeorm';
import type { AppConfig } from '../config/app-config.js';
import { exportsOf } from '../common/exports-of.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { SnakeNamingStrategy } from './naming-strategy.js';

/** How many connections serve the requests of an instance. */
export const POOL_SIZE = 10;
const CONNECT_TIMEOUT = 5_000;
const STATEMENT_TIMEOUT = 30_000;

/** The data source of the application; destroying it also leaves the embedded server, if that is used. */
export class GatehouseDataSource extends DataSource {
  constructor(
    options: DataSourceOptions,
    readonly url: string,
    private readonly server: EmbeddedPostgres | undefined,
  ) {
    super(options);
  }

  override async destroy(): Promise<void> {
    if (this.isInitialized) await super.destroy();
    await this.server?.close();
  }
}

/**
 * Makes the data source of the configuration: of the given database, or of the embedded one, whose
 * server is started. Entities are all `*.entity` files of `src`, migrations all files of `migrations`.
 * @param exclusive asks to be the only application on the embedded database
 */
export async function createDataSource(
  config: AppConfig,
  exclusive: boolean,
): Promise<GatehouseDataSource> {
  const [entities, migrations] = await Promise.all([exportsOf('entity'), exportsOf('migration')]);
  const server = config.databaseUrl
    ? undefined
    : await EmbeddedPostgres.open(config.dataDir, exclusive);
  const url = config.databaseUrl ?? server!.url;
  return new GatehouseDataSource(
    {
      type: 'postgres',
      url,
      entities: entities.filter(isClass),
      migrations: migrations.filter(isClass),
      migrationsTableName: 'migrations',
      // gen_random_uuid() is built in; no extension has to be installed for it.
      uuidExtension: 'pgcrypto',
      installExtensions: false,
      migrationsTransactionMode: 'each',
      namingStrategy: new SnakeNamingStrategy(),
      poolSize: POOL_SIZE,
      connectTimeoutMS: CONNECT_TIMEOUT,
      applicationName: 'gatehouse',
      extra: { statement_timeout: STATEMENT_TIMEOUT, keepAlive: true },
      // Not 'error': it prints the values of a failed statement, password hashes among them.
      logging: ['warn'],
    },
    url,
    server,
  );
}

function isClass(value: unknown): value is new () => object {
  return typeof value === 'function';
}
