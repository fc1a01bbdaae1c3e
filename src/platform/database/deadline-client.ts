import pg from 'pg';

/** Time limits of connections, in milliseconds. */
export const DEADLINES = {
  /** Of a statement: longer than the server's `statement_timeout`, which also ends the work at the server. */
  statement: 35_000,
  /** Of statements that do no work of their own, which a server answers at once. */
  short: 10_000,
  /** How long a transaction of ours may wait for its next statement. It holds no network call and no hash. */
  idleInTransaction: 10_000,
};
const DOES_NO_WORK = /^(START TRANSACTION|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT|SELECT 1$)/;
const BEGIN = 'START TRANSACTION';

/** When TCP probes an idle connection, in milliseconds. The operating system waits for two hours. */
const PROBE_AFTER = 10_000;

/**
 * A connection with time limits of our own. A network that goes silent closes nothing, and limits of the server never
 * arrive. Without an answer in time the connection is destroyed: its statements fail with `ETIMEDOUT`, and the pool
 * replaces it. Every transaction also has a limit at the server, which ends what a lost connection left open, with its
 * locks. It is part of the transaction (`SET LOCAL`) because a pooler may hand the connection on.
 */
export class DeadlineClient extends pg.Client {
  /** Whether statements of this process have no deadline, because migrations run. */
  static isSuspended = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(config?: string | pg.ClientConfig) {
    const options = typeof config === 'string' ? { connectionString: config } : config;
    super({ ...options, keepAlive: true, keepAliveInitialDelayMillis: PROBE_AFTER });
    const stop = () => clearTimeout(this.timer);
    // All statements were answered, or none will be.
    this.on('drain', stop);
    this.on('end', stop);
  }

  // Passes on whatever pg's overloads accept.
  override query(...args: unknown[]): never {
    const [statement] = args;
    const text = typeof statement === 'string' ? statement : '';
    clearTimeout(this.timer);
    if (!DeadlineClient.isSuspended) {
      const limit = DOES_NO_WORK.test(text) ? DEADLINES.short : DEADLINES.statement;
      this.timer = setTimeout(() => this.giveUp(limit), limit).unref();
    }
    // In the same message, so that it costs no round trip.
    if (text === BEGIN) {
      args[0] = `${BEGIN}; SET LOCAL idle_in_transaction_session_timeout = ${DEADLINES.idleInTransaction}`;
    }
    return (super.query as (...all: unknown[]) => never)(...args);
  }

  private giveUp(limit: number): void {
    const { stream } = (this as unknown as Connected).connection;
    const error = new Error(`The database did not answer within ${limit / 1000} s.`);
    stream.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  }
}

/** The part of a client that its types do not know. */
interface Connected {
  connection: { stream: { destroy: (error: Error) => void } };
}
