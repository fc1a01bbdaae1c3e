import type { AuditChain } from '../audit/audit-chain.entity.js';
import { CHAIN, LAST_SEAL } from '../audit/audit-chain.sql.js';
import { ChainKeys } from '../audit/chain-keys.js';
import { endsWith, openChain } from '../audit/chain-state.js';
import type { AppConfig } from '../platform/config/app-config.js';
import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, found, foundIf } from './finding.js';

/** The head of the chain, which costs little: `audit verify` reads all of it. */
export async function checkAuditChain(
  { read }: DatabaseReader,
  config: AppConfig,
): Promise<CheckFinding[]> {
  const keys = new ChainKeys(config);
  const [row] = await read<AuditChain>(CHAIN);
  const [last] = await read<{ position: number; hash: string }>(LAST_SEAL);
  if (!row) return foundIf(last !== undefined, 'gatehouse.W006', 'its head is missing.');
  // One of another APP_SECRET cannot be judged.
  if (!keys.find(row.keyId)) return [];
  const chain = openChain(keys, row);
  if (!chain) return [found('gatehouse.W006', 'its head was changed.')];
  return foundIf(!endsWith(chain, last), 'gatehouse.W006', 'its last seal is another one.');
}
