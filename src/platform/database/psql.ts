import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import pg from 'pg';
import { OperatorError } from '../../common/operator-error.js';
import type { AppConfig } from '../config/app-config.js';
import { environmentWith } from '../config/environment-with.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';

/** Parameters of an address that libpq takes as variables. */
const VARIABLES = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  options: 'PGOPTIONS',
};

/**
 * Opens the database of the configuration in the program psql, in this terminal. The embedded database is started if it
 * is not running. Returns the exit code of psql. Throws `OperatorError` when the program is not installed.
 * @param words options and arguments for psql
 */
export async function runPsql(config: AppConfig, words: string[]): Promise<number> {
  if (config.databaseUrl !== undefined) {
    const url = config.databaseDirectUrl ?? config.databaseUrl;
    return runOn(url, words, 'its password is the one of the configuration');
  }
  const server = await EmbeddedPostgres.open(config.dataDir, false);
  try {
    const { url, passwordFile } = server;
    return await runOn(
      url,
      words,
      `its password is in ${passwordFile}, and it runs while Gatehouse does`,
    );
  } finally {
    await server.close();
  }
}

async function runOn(url: string, words: string[], aboutPassword: string): Promise<number> {
  const { host, port, user, database, password } = new pg.Client({ connectionString: url });
  const place = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    // Other users of the machine can read the arguments of a program, and not its variables.
    PGPASSWORD: password ?? undefined,
    // These would lead psql to another database than the one of the address.
    PGSERVICE: undefined,
    PGHOSTADDR: undefined,
  };
  try {
    return await run(words, environmentWith({ ...place, ...parametersOf(url) }));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new OperatorError(
      `The program psql is not installed. Install the client of PostgreSQL, or connect from where it is: psql -h ${host} -p ${port} -U ${user} ${database} (${aboutPassword}).`,
      { cause },
    );
  }
}

function parametersOf(url: string): Record<string, string> {
  const parameters = new URL(url).searchParams;
  // What node-postgres knows, and libpq does not.
  if (/^(1|true)$/.test(parameters.get('ssl') ?? '') && !parameters.has('sslmode')) {
    parameters.set('sslmode', 'require');
  }
  if (parameters.get('sslmode') === 'no-verify') parameters.set('sslmode', 'require');
  return Object.fromEntries(
    Object.entries(VARIABLES).flatMap(([parameter, variable]) => {
      const value = parameters.get(parameter);
      return value === null ? [] : [[variable, value]];
    }),
  );
}

const leaveToChild = () => undefined;

/** Runs psql to its end. Ctrl-C is for psql, which cancels a query with it. */
async function run(words: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('psql', words, { stdio: 'inherit', env });
  const end = () => void child.kill('SIGTERM');
  process.on('SIGINT', leaveToChild).on('SIGTERM', end);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    process.off('SIGINT', leaveToChild).off('SIGTERM', end);
  }
}
