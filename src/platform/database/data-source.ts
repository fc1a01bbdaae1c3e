import { DataSource, type DataSourceOptions } from 'typeorm';
import type { AppConfig } from '../config/app-config.js';
import type { Declaration, Declarations } from '../../common/declarations.js';
import { DatabaseAddress, type SessionSettings } from './database-address.js';
import { DatabaseLog } from './database-log.js';
import { DeadlineClient } from './deadline-client.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { type MigrationSet, migrationSetsOf } from './migration-sets.js';
import { SnakeNamingStrategy } from './naming-strategy.js';
import { withSchema } from './url-settings.js';

const CONNECT_TIMEOUT = 5_000;
/**
 * What holds for the connections of the pool, where connections keep settings. They are set after connecting, because
 * poolers refuse them as startup parameters.
 */
const SESSION_SETTINGS: SessionSettings = { statement_timeout: '30s' };

/** Its name, so that an application may have a data source of its own without one. */
export const DATA_SOURCE = 'gatehouse';

/** The data source of Gatehouse, by which our classes ask for it; destroying it also leaves the embedded server, if that is used. */
export class GatehouseDataSource extends DataSource {
  constructor(
    options: DataSourceOptions,
    /** The migrations of the code: ours, then the product's. TypeORM itself knows of none. */
    readonly migrationSets: MigrationSet[],
    /** Where transactions go, which may be a pooler. */
    readonly address: DatabaseAddress,
    /** For what needs a connection of its own for longer: LISTEN, locks, migrations and jobs. */
    readonly directAddress: DatabaseAddress,
    private readonly server: EmbeddedPostgres | undefined,
    /** Our entities, without those of the product. */
    readonly ourEntities: ReadonlySet<unknown>,
  ) {
    super(options);
  }

  /** Whether this process brings the database up to date: schema, permissions, tables of the job runner. */
  mayUpgrade = false;

  override async destroy(): Promise<void> {
    if (this.isInitialized) await super.destroy();
    await this.server?.close();
  }
}

/**
 * Makes the data source of the configuration: of the given database, or of the embedded one, whose
 * server is started.
 * @param declarations where entities and migrations are
 * @param exclusive asks to be the only application on the embedded database
 */
export async function createDataSource(
  config: AppConfig,
  declarations: Declarations,
  exclusive: boolean,
): Promise<GatehouseDataSource> {
  const declared = await declarations.exportsOf('entity');
  const entities = classesIn(declared);
  const migrationSets = migrationSetsOf(await declarations.exportsOf('migration'));
  const server = config.databaseUrl
    ? undefined
    : await EmbeddedPostgres.open(config.dataDir, exclusive);
  const { schema } = declarations;
  const inOurSchema = (url: string) => (schema === undefined ? url : withSchema(url, schema));
  const address = server
    ? new DatabaseAddress(inOurSchema(server.url), 'none')
    : await DatabaseAddress.find(inOurSchema(config.databaseUrl!));
  const directAddress = config.databaseDirectUrl
    ? await findDirect(inOurSchema(config.databaseDirectUrl))
    : address;
  return new GatehouseDataSource(
    {
      type: 'postgres',
      entities,
      // gen_random_uuid() is built in; no extension has to be installed for it.
      uuidExtension: 'pgcrypto',
      installExtensions: false,
      namingStrategy: new SnakeNamingStrategy(),
      poolSize: config.databasePoolSize,
      connectTimeoutMS: CONNECT_TIMEOUT,
      extra: { ...address.poolOptions('gatehouse', SESSION_SETTINGS), Client: DeadlineClient },
      logger: new DatabaseLog(),
    },
    migrationSets,
    address,
    directAddress,
    server,
    new Set(classesIn(declared.filter(({ isOfProduct }) => !isOfProduct))),
  );
}

/** Throws what the driver throws, with the name of the variable: it is the other one that people look at first. */
async function findDirect(url: string): Promise<DatabaseAddress> {
  try {
    return await DatabaseAddress.find(url);
  } catch (error) {
    if (error instanceof Error) error.message = `DATABASE_DIRECT_URL: ${error.message}`;
    throw error;
  }
}

function classesIn(declared: Declaration[]): (new () => object)[] {
  return declared
    .map(({ value }) => value)
    .filter((value): value is new () => object => typeof value === 'function');
}
