/** SQLSTATEs with which the same request may work later, by class or by code, each with its reason. */
const PASSING_SQLSTATES = new RegExp(
  `^(?:${[
    '08...', // The connection failed. PgBouncer reports all its own failures as 08P01.
    '25006', // The database is read-only: a standby after a failover, or a disk that is full.
    '25P0[234]', // The transaction failed before, idled too long, or took too long for a limit of the server.
    '40...', // Another transaction is in the way: a serialization failure or a deadlock.
    '53...', // No disk space, memory or connection slots are left.
    '55006', // Another session uses the object.
    '55P03', // A lock was not released within lock_timeout.
    '57...', // The statement was canceled (statement_timeout, recovery), or the server is restarting.
    '58...', // The server's operating system failed: an I/O error, a file that cannot be read.
    '72000', // The snapshot is too old.
  ].join('|')})$`,
);

/** What the operating system says when the server is out of reach, or we are out of sockets. */
const UNREACHABLE = new Set(
  (
    'EADDRNOTAVAIL EAI_AGAIN EAI_FAIL ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH EMFILE ENETDOWN ' +
    'ENETRESET ENETUNREACH ENFILE ENOBUFS ENOTCONN ENOTFOUND EPIPE ETIMEDOUT'
  ).split(' '),
);

/** System calls that fail only because of the network, whatever the code: a Unix socket that is gone is ENOENT. */
const OF_NETWORK = new Set(['connect', 'getaddrinfo']);

/** Messages of pg and its pool, which have no codes: the connection was lost, or none was free in time. */
const CONNECTION_LOST = new RegExp(
  [
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Connection terminated',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'The server does not support SSL connections',
    'There was an error establishing an SSL connection',
  ]
    .map((message) => `^${message}`)
    .join('|'),
);

/** TypeORM's names for the use of a connection that it released when the connection failed. */
const RELEASED = new Set([
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
]);

interface Failure extends Error {
  code?: unknown;
  severity?: unknown;
  syscall?: unknown;
  driverError?: unknown;
  errors?: unknown;
}

/**
 * Whether an error says that the database, or the way to it, fails for a while. Its caller gets 503: nothing was
 * wrong with the request. Whether a lost `COMMIT` took effect is unknown, so a request is never repeated here.
 */
export function isOutage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { name, message, code, severity, syscall, driverError, errors, cause } = thrown as Failure;
  return (
    // PostgreSQL ended or refused the connection itself.
    severity === 'FATAL' ||
    severity === 'PANIC' ||
    PASSING_SQLSTATES.test(String(code)) ||
    UNREACHABLE.has(String(code)) ||
    OF_NETWORK.has(String(syscall)) ||
    CONNECTION_LOST.test(message) ||
    RELEASED.has(name) ||
    [driverError, cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])].some(isOutage)
  );
}
