import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppConfig } from '../platform/config/app-config.js';
import { connectionBudget } from '../platform/config/connection-budget.js';
import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, found, foundIf } from './finding.js';

const NAME = 'gatehouse check';
const CHANNEL = 'gatehouse_check';
const ARRIVES_WITHIN = 2_000;

/** Whether changes that are committed through `DATABASE_URL` would be heard of. */
export async function checkNotifications(
  database: DatabaseReader,
  config: AppConfig,
): Promise<CheckFinding[]> {
  const { address, directAddress } = database;
  const id = 'gatehouse.W007';
  if (!directAddress.keepsSessions) {
    return [
      config.databaseDirectUrl === undefined
        ? found(
            id,
            'DATABASE_URL leads to a transaction pooler, and DATABASE_DIRECT_URL is not set.',
          )
        : found(id, 'DATABASE_DIRECT_URL leads to a transaction pooler.'),
    ];
  }
  if (await arrives(database)) return [];
  const way = address === directAddress ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL';
  return [found(id, `a notification that is sent through DATABASE_URL does not arrive on ${way}.`)];
}

/** As the change feed does it, on another channel. */
async function arrives({ address, directAddress }: DatabaseReader): Promise<boolean> {
  const word = randomUUID();
  const deadline = new AbortController();
  const listener = await directAddress.connect(NAME);
  try {
    const arrival = new Promise<boolean>((resolve) => {
      listener.on('notification', ({ payload }) => payload === word && resolve(true));
      sleep(ARRIVES_WITHIN, false, { signal: deadline.signal }).then(resolve, () => undefined);
    });
    await listener.query(`LISTEN ${CHANNEL}`);
    const sender = await address.connect(NAME);
    try {
      await sender.query('SELECT pg_notify($1, $2)', [CHANNEL, word]);
      return await arrival;
    } finally {
      await sender.end();
    }
  } finally {
    deadline.abort();
    await listener.end();
  }
}

/** Whether one instance alone may ask for more connections than there are. A pooler has limits of its own. */
export async function checkConnections(
  { address, directAddress, read }: DatabaseReader,
  config: AppConfig,
): Promise<CheckFinding[]> {
  const { pooled, direct } = connectionBudget(config);
  const needed =
    (address.pooling === 'none' ? pooled : 0) + (directAddress.pooling === 'none' ? direct : 0);
  if (needed === 0) return [];
  const [row] = await read<{ limit: number }>(
    `SELECT least(
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
       (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
       (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())) AS limit`,
  );
  const { limit } = row!;
  return foundIf(needed > limit, 'gatehouse.W031', `up to ${needed}, of ${limit}.`);
}
