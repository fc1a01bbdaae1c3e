import { CLI } from '../../common/cli-name.js';
import type { AppConfig } from '../config/app-config.js';

/** Why the database cannot be used, in sentences for an operator. */
export interface DatabaseFailure {
  /** What happened and what to do. Names host and database, never the password. */
  sentence: string;
  /** Whether the same attempt may succeed soon: the server is starting, restarting or full. */
  isPassing: boolean;
}

/** Where a connection URL leads. */
interface Target {
  variable: string;
  database: string;
  /** Host and port, or the socket, and the database. */
  server: string;
  host: string;
  user: string;
}

interface Kind {
  /** SQLSTATE codes, and codes of Node. */
  codes: RegExp;
  /** For the failures of the driver, which have no code, and where one code has several reasons. */
  message?: RegExp;
  isPassing?: boolean;
  sentence: (target: Target, message: string) => string;
}

const MIGRATE = `${CLI} migrate`;

/** The first kind that fits explains a failure. */
const KINDS: Kind[] = [
  {
    codes: /^28P01$/,
    sentence: ({ server, user, variable }) =>
      `${server} refuses the password of "${user}". Check the user and the password in ${variable} (or PGPASSWORD).`,
  },
  {
    codes: /^$/,
    message: /client password must be a/,
    sentence: ({ server, variable }) =>
      `${server} asks for a password. Add one to ${variable}: postgresql://user:password@host:5432/database.`,
  },
  {
    codes: /^28/,
    message: /no encryption|SSL off/,
    sentence: ({ server, variable }, message) =>
      `${server} accepts no connection without TLS (${message}). Add sslmode=require to ${variable}.`,
  },
  {
    codes: /^28/,
    sentence: ({ server, user, variable }, message) =>
      `${server} does not let "${user}" in: ${message}. Check the user in ${variable}, and pg_hba.conf of the server.`,
  },
  {
    codes: /^3D000$/,
    sentence: ({ server, database, variable }) =>
      `${server} has no database "${database}". Create it, or correct the name in ${variable}.`,
  },
  {
    codes: /^ENOTFOUND$/,
    sentence: ({ host, variable }) =>
      `The host "${host}" of ${variable} is unknown. Correct it, or check the name server.`,
  },
  {
    codes: /^EAI_AGAIN$/,
    isPassing: true,
    sentence: ({ host, variable }) =>
      `The host "${host}" of ${variable} cannot be looked up: the name server does not answer.`,
  },
  {
    codes: /^(ENOENT|EACCES|EISDIR|EPERM)$/,
    message: /, (open|read)\b/,
    sentence: ({ variable }, message) =>
      `A certificate file that ${variable} names cannot be read: ${message}. Correct sslrootcert, sslcert or sslkey.`,
  },
  {
    codes: /^ERR_OSSL_|^ERR_CRYPTO_/,
    sentence: ({ variable }, message) =>
      `A certificate file that ${variable} names holds no usable certificate or key: ${message}. Correct sslrootcert, sslcert or sslkey.`,
  },
  {
    codes: /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_)/,
    sentence: ({ server, variable }, message) =>
      `The certificate of ${server} comes from an authority that is unknown here (${message}); sslmode=require checks it as well. Name the file of its CA with sslrootcert=/path/to/ca.pem in ${variable}, or in NODE_EXTRA_CA_CERTS.`,
  },
  {
    codes: /^(CERT_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/,
    sentence: ({ server, variable }, message) =>
      `The TLS connection to ${server} fails: ${message}. Check its certificate, and host and sslmode in ${variable}.`,
  },
  {
    codes: /^$/,
    message: /does not support SSL/,
    sentence: ({ server, variable }) =>
      `${server} offers no TLS. Turn it on there, or set sslmode=disable in ${variable} if nobody else can read on the way.`,
  },
  {
    codes: /^(ECONNREFUSED|ENOENT)$/,
    isPassing: true,
    sentence: ({ server, variable }) =>
      `Nothing answers at ${server} (connection refused). Start PostgreSQL, or correct host and port in ${variable}.`,
  },
  {
    codes: /^EACCES$/,
    sentence: ({ server, variable }) =>
      `This user may not connect to ${server}. Correct the rights of the socket, or ${variable}.`,
  },
  {
    codes: /^53300$/,
    isPassing: true,
    sentence: ({ server }) =>
      `${server} has no connection left. Raise max_connections there, or start fewer instances.`,
  },
  {
    codes: /^(57P0[1-4]|55000)$/,
    isPassing: true,
    sentence: ({ server }, message) =>
      `${server} accepts no connections: ${message}. Wait until it has started or recovered.`,
  },
  {
    codes: /^25006$/,
    isPassing: true,
    sentence: ({ server, variable }) =>
      `${server} is read-only, as a standby is. Name the primary in ${variable}.`,
  },
  {
    codes: /^(53100|53200|53400|58030)$/,
    sentence: ({ server }, message) => `${server} has no room: ${message}. Make space there.`,
  },
  {
    codes: /^42501$/,
    sentence: ({ database, user, variable }, message) =>
      `"${user}" lacks a right in the database "${database}": ${message}. Migrate with the role that owns the schema (${variable}=… ${MIGRATE}), or give this one the right.`,
  },
  {
    codes: /^3F000$/,
    sentence: ({ database, user, variable }, message) =>
      `"${user}" has no schema in the database "${database}": ${message}. Check its search_path, and options in ${variable}.`,
  },
  {
    codes: /^08P01$/,
    message: /authentication|password|no such (database|user)/i,
    sentence: ({ server, variable }, message) =>
      `${server} refuses the connection: ${message}. Check user, password and database in ${variable}.`,
  },
  {
    codes: /^(ECONN|ETIMEDOUT|EPIPE|EHOST|ENET|08|40001|40P01|55P03|57014)/,
    isPassing: true,
    sentence: ({ server, variable }, message) =>
      `${server} cannot be reached: ${message}. Check that PostgreSQL runs there, and host and port in ${variable}.`,
  },
  {
    codes: /^$/,
    message: /connection terminated|timeout e(xpired|xceeded)|Connection ended/i,
    isPassing: true,
    sentence: ({ server, variable }) =>
      `${server} does not answer. Check the network, and host and port in ${variable}.`,
  },
  {
    // Any other SQLSTATE.
    codes: /^(?=.*\d)[0-9A-Z]{5}$/,
    sentence: ({ server, variable }, message) =>
      `${server} answers: ${message}. Check the server, and ${variable}.`,
  },
];

/** How `createDataSource` marks a failure on the direct way. */
const OF_DIRECT_WAY = /^DATABASE_DIRECT_URL: /;

/**
 * Explains a failure of the driver, or undefined when it is none that is known. One list for the start, the command
 * line and `check`.
 */
export function explainDatabaseFailure(
  error: unknown,
  { databaseUrl, databaseDirectUrl }: Pick<AppConfig, 'databaseUrl' | 'databaseDirectUrl'>,
): DatabaseFailure | undefined {
  const first = firstOf(error);
  if (!(first instanceof Error)) return undefined;
  const { code = '' } = first as { code?: string };
  const isDirect = OF_DIRECT_WAY.test((error as Error).message);
  const message = first.message
    .replace(OF_DIRECT_WAY, '')
    .replace(/\.$/, '')
    .replaceAll(/\s+/g, ' ');
  const kind = KINDS.find(
    ({ codes, message: words }) => codes.test(code) && (!words || words.test(message)),
  );
  if (!kind) return undefined;
  const target = isDirect
    ? targetOf('DATABASE_DIRECT_URL', databaseDirectUrl)
    : targetOf('DATABASE_URL', databaseUrl);
  return { sentence: kind.sentence(target, message), isPassing: kind.isPassing ?? false };
}

/** Of several addresses that were tried, the first says enough. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

function targetOf(variable: string, url: string | undefined): Target {
  if (!url || !URL.canParse(url)) {
    const server = url ? `The server of ${variable}` : 'The embedded PostgreSQL';
    return { variable, database: '', server, host: '', user: '' };
  }
  const { hostname, port, pathname, username, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? (decode(hostname) || 'localhost');
  const user = decode(username);
  const database = decode(pathname.slice(1)) || user;
  const place = host.startsWith('/') ? host : `${host}:${port || 5432}`;
  return { variable, database, server: `PostgreSQL at ${place}/${database}`, host, user };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
