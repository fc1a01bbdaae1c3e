import { type LOCKS, lockUntilEnd } from './advisory-locks.js';
import type { DatabaseAddress } from './database-address.js';

/**
 * Does `work` while no other process does work under the same lock, and waits for one that does. A transaction holds
 * the lock, for as long as the work takes: a lock of the session would stay behind on a connection of a pooler.
 */
export async function exclusively<T>(
  address: DatabaseAddress,
  lock: keyof typeof LOCKS,
  work: () => Promise<T>,
): Promise<T> {
  const client = await address.connect('gatehouse lock');
  try {
    await client.query('BEGIN');
    // No limit that somebody has set for the role is meant for this.
    await client.query(
      `SELECT set_config(name, '0', true)
       FROM unnest('{statement_timeout,lock_timeout,idle_in_transaction_session_timeout}'::text[]) AS name`,
    );
    await client.query(lockUntilEnd(lock));
    return await work();
  } finally {
    // Which frees it.
    await client.end().catch(() => undefined);
  }
}
