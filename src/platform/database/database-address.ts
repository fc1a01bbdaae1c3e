import pg from 'pg';
import sql, { join } from 'sql-template-tag';
import { OperatorError } from '../../common/operator-error.js';
import { type Pooling, poolingOf } from './pooling.js';
import { settingsIn, withoutSettings } from './url-settings.js';

const TIMEOUT = 5_000;

/** Values of a session of PostgreSQL, such as `statement_timeout`. */
export type SessionSettings = Readonly<Record<string, string>>;

/** Options of a `pg.Client` or a `pg.Pool`, with the hook of pg-pool that its types do not know. */
type ConnectionOptions = pg.ClientConfig & {
  connectionString: string;
  application_name: string;
};
type PoolOptions = ConnectionOptions & { onConnect: (client: pg.ClientBase) => Promise<void> };

/** An address of the database, and what has to be minded when connecting there. */
export class DatabaseAddress {
  constructor(
    readonly url: string,
    /** What stands between this process and PostgreSQL. */
    readonly pooling: Pooling,
  ) {}

  /** Connects to an address of the configuration to see what stands there. Throws what the driver throws. */
  static async find(url: string): Promise<DatabaseAddress> {
    // The most careful way there makes no setting.
    const unknownAddress = new DatabaseAddress(withoutSettings(url), 'transaction');
    const deadlines = { connectionTimeoutMillis: TIMEOUT, query_timeout: TIMEOUT };
    const pooling = await poolingOf(() => unknownAddress.connect('gatehouse', deadlines));
    const address = new DatabaseAddress(url, pooling);
    await address.assertSettings();
    return address;
  }

  /** Whether what is done to a connection, such as LISTEN, is still true of it with the next transaction. */
  get keepsSessions(): boolean {
    return this.pooling !== 'transaction';
  }

  /**
   * Options of a pool.
   * @param settings of every connection, where connections keep them
   */
  poolOptions(name: string, settings: SessionSettings = {}): PoolOptions {
    return {
      ...this.options(name),
      onConnect: (client) => this.prepare(client, settings),
    };
  }

  /** Opens a single connection. The caller has to end it, and to listen for its errors. */
  async connect(name: string, more: pg.ClientConfig = {}): Promise<pg.Client> {
    const client = new pg.Client({ ...this.options(name), ...more });
    // Without a listener, a connection that breaks later would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await this.prepare(client, {});
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  /** Without the schema that is asked for, tables would be made in another one. */
  private async assertSettings(): Promise<void> {
    const { search_path: wanted } = settingsIn(this.url);
    if (this.keepsSessions || wanted === undefined) return;
    const client = await this.connect('gatehouse').catch(() => undefined);
    try {
      const result = await client?.query<{ search_path: string }>('SHOW search_path');
      if (result?.rows[0]!.search_path === wanted) return;
    } finally {
      await client?.end();
    }
    throw new OperatorError(
      `The transaction pooler does not pass search_path=${wanted} on, which options= of the URL asks for. Leave it out there, and give it to the role: ALTER ROLE … IN DATABASE … SET search_path = ${wanted}`,
    );
  }

  private options(name: string): ConnectionOptions {
    // A session pooler refuses settings at the start of a connection, and keeps those that are made afterwards.
    const isRefused = this.pooling === 'session';
    return {
      connectionString: isRefused ? withoutSettings(this.url) : this.url,
      application_name: name,
      keepAlive: true,
    };
  }

  private async prepare(client: pg.ClientBase, settings: SessionSettings): Promise<void> {
    // Behind a transaction pooler, they would be those of whoever gets the connection next.
    if (!this.keepsSessions) return;
    const ofUrl = this.pooling === 'session' ? settingsIn(this.url) : {};
    const all = Object.entries({ ...settings, ...ofUrl });
    if (all.length === 0) return;
    const calls = all.map(([name, value]) => sql`set_config(${name}, ${value}, false)`);
    await client.query(sql`SELECT ${join(calls)}`);
  }
}
