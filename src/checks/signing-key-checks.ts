import ms from 'ms';
import { type AppSecrets, SealingKeys } from '../common/secret-keys.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { openPrivateKey } from '../signing-keys/key-pair.js';
import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, foundIf } from './finding.js';

const MAX_AGE = ms('365d');

interface Row {
  id: string;
  sealedPrivateKey: string;
  activatedAt: Date;
}

/** The key that signs access tokens: whether it can be opened, and since when it has been in use. */
export async function checkSigningKey(
  { read }: DatabaseReader,
  config: AppConfig,
  { deploy }: { deploy: boolean },
): Promise<CheckFinding[]> {
  const [key] = await read<Row>(
    `SELECT id, sealed_private_key AS "sealedPrivateKey",
            coalesce(activated_at, created_at) AS "activatedAt"
     FROM signing_keys WHERE state = 'active'`,
  );
  // The first start makes one.
  if (!key) return [];
  const since = key.activatedAt.toISOString().slice(0, 10);
  return [
    ...foundIf(!canOpen(key, config), 'gatehouse.E004'),
    ...foundIf(
      deploy && Date.now() - key.activatedAt.getTime() > MAX_AGE,
      'gatehouse.W021',
      `since ${since}.`,
    ),
  ];
}

function canOpen({ id, sealedPrivateKey }: Row, secrets: AppSecrets): boolean {
  try {
    openPrivateKey(new SealingKeys(secrets, 'signing-keys'), id, sealedPrivateKey);
    return true;
  } catch {
    return false;
  }
}
