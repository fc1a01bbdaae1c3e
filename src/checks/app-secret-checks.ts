import { LAST_SEAL_BY_OTHERS } from '../audit/audit-chain.sql.js';
import { ChainKeys } from '../audit/chain-keys.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { countSealedValues } from '../secret-rotation/sealed-values.js';
import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, found, foundIf } from './finding.js';

/** What was made under another `APP_SECRET`: what cannot be read, and what still needs `APP_SECRET_PREVIOUS`. */
export async function checkAppSecret(
  { read }: DatabaseReader,
  config: AppConfig,
): Promise<CheckFinding[]> {
  const sealed = await countSealedValues(config, read);
  const lines = (under: 'previous' | 'unknown') =>
    sealed
      .filter(({ counts }) => counts[under] > 0)
      .map(({ what, counts }) => `${what} (${counts[under]})`);
  const unreadable = lines('unknown');
  const chain = new ChainKeys(config);
  const foreign = (await read<{ keyId: string }>(KEY_OF_CHAIN)).filter(
    ({ keyId }) => !chain.find(keyId),
  );
  if (foreign.length > 0) unreadable.push('the audit trail');
  const findings = foundIf(unreadable.length > 0, 'gatehouse.E005', `${unreadable.join(', ')}.`);
  if (config.previousAppSecrets.length === 0) return findings;
  const users = [...lines('previous'), ...(await sessionsUnderPrevious(read, chain.current.id))];
  return [
    ...findings,
    found(
      'gatehouse.W008',
      users.length > 0
        ? `still in use by ${users.join(', ')}.`
        : 'nothing in the database needs it any more, except audit verify.',
    ),
  ];
}

const KEY_OF_CHAIN = `SELECT key_id AS "keyId" FROM audit_chain`;

/**
 * Sessions whose cookie or refresh token may be of the time before the change. The chain over the audit trail says
 * when that was: its first seal by the current key. An hour more, because the event may have waited for its seal.
 */
async function sessionsUnderPrevious(
  read: DatabaseReader['read'],
  keyId: string,
): Promise<string[]> {
  const [change] = await read<{ at: Date | null; hasOthers: boolean }>(LAST_SEAL_BY_OTHERS, [
    keyId,
  ]);
  if (!change?.hasOthers) return [];
  if (!change.at) return ['the audit trail, which has no seal by APP_SECRET yet'];
  const since = new Date(change.at.getTime() + 3_600_000);
  const [row] = await read<{ count: number; last: Date | null }>(
    `SELECT count(*)::int AS count, max(least(idle_expires_at, absolute_expires_at)) AS last
     FROM sessions
     WHERE ended_at IS NULL AND last_seen_at < $1
       AND idle_expires_at > now() AND absolute_expires_at > now()`,
    [since],
  );
  if (!row?.last) return [];
  return [`sessions (${row.count}, until ${row.last.toISOString().slice(0, 10)})`];
}
