import { BlockList, isIPv6 } from 'node:net';
import { isLoopback } from '../common/loopback.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { readKind } from '../passwords/hashers/stored-hash.js';
import { hasUsernames, nameInRow, nameOrderInRow } from '../users/usernames.js';
import { PASSWORDS_BY_KIND } from '../users/users.sql.js';
import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, foundIf } from './finding.js';

const SHOWN = 5;
/** Fewer sessions may well be of one person at the machine. */
const ENOUGH_SESSIONS = 3;

/** Addresses that no visitor from the internet has (RFC 1918, 4193, 4291, 6598), and that of nobody. */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv6');
}

/** Who may do everything. */
export async function checkSuperusers({ read }: DatabaseReader): Promise<CheckFinding[]> {
  const superusers = await read<{ username: string; isVerified: boolean }>(
    `SELECT ${nameInRow('u').sql} AS username, email_verified_at IS NOT NULL AS "isVerified" FROM users u
     WHERE is_superuser AND is_active ORDER BY ${nameOrderInRow('u')}`,
  );
  const unverified = superusers.flatMap((one) => (one.isVerified ? [] : [one.username]));
  return [
    ...foundIf(superusers.length === 0, 'gatehouse.W019'),
    ...foundIf(unverified.length > 0, 'gatehouse.W020', firstOf(unverified)),
  ];
}

/** Passwords of accounts that are refused, whatever their owners type. */
export async function checkPasswordHashes({ read }: DatabaseReader): Promise<CheckFinding[]> {
  const kinds = await read<{ kind: string | null; accounts: number }>(PASSWORDS_BY_KIND);
  const refused = new Map<string, number>();
  for (const { kind, accounts } of kinds) {
    const name = nameIfRefused(kind);
    if (name !== undefined) refused.set(name, (refused.get(name) ?? 0) + accounts);
  }
  const shown = [...refused].slice(0, SHOWN).map(([name, accounts]) => `${name} (${accounts})`);
  const all = [...refused.values()].reduce((sum, accounts) => sum + accounts, 0);
  const more = refused.size > SHOWN ? `, and ${refused.size - SHOWN} other kinds` : '';
  return foundIf(all > 0, 'gatehouse.W005', `${all} accounts: ${shown.join(', ')}${more}.`);
}

/** Repeats no parameter that is malformed: it may be a part of a salt or a digest. */
function nameIfRefused(kind: string | null): string | undefined {
  if (kind === null) return 'unknown';
  const found = readKind(kind);
  if (!found) return `malformed ${kind.split('$', 1)[0]}`;
  return found.excess && `${found.algorithm} with ${found.workFactor}`;
}

/** Usernames that nobody is kept from passing for, or that pass for others. */
export async function checkLookAlikes({ read }: DatabaseReader): Promise<CheckFinding[]> {
  if (!hasUsernames()) return [];
  const rows = await read<{ username: string; total: number }>(
    `SELECT username, count(*) OVER ()::int AS total FROM users u
     WHERE NOT EXISTS (SELECT FROM username_skeletons s WHERE s.user_id = u.id)
     ORDER BY created_at, id LIMIT ${SHOWN}`,
  );
  const usernames = rows.map(({ username }) => username);
  return foundIf(rows.length > 0, 'gatehouse.W030', firstOf(usernames, rows[0]?.total));
}

/** Whether the visitors' own addresses arrive, as far as the sessions tell. */
export async function checkVisitors(
  { read }: DatabaseReader,
  { publicUrl, trustProxy }: AppConfig,
): Promise<CheckFinding[]> {
  if (isLoopback(new URL(publicUrl).hostname)) return [];
  const [row] = await read<{ sessions: number; addresses: number; ip: string | null }>(
    `SELECT count(*)::int AS sessions, count(DISTINCT ip)::int AS addresses, host(min(ip)) AS ip
     FROM (SELECT ip FROM sessions ORDER BY absolute_expires_at DESC LIMIT 1000) AS latest`,
  );
  const { sessions, addresses, ip } = row!;
  const isOfProxy = sessions >= ENOUGH_SESSIONS && addresses === 1 && isPrivate(ip!);
  return foundIf(
    isOfProxy,
    'gatehouse.W017',
    `${sessions} of ${sessions} from ${ip}, with TRUST_PROXY=${trustProxy}.`,
  );
}

function firstOf(usernames: string[], total = usernames.length): string {
  const more = total > SHOWN ? `, and ${total - SHOWN} more` : '';
  return `${usernames.slice(0, SHOWN).join(', ')}${more}.`;
}

function isPrivate(ip: string): boolean {
  return PRIVATE.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}
