import type { AppConfig } from '../platform/config/app-config.js';
import { isLoopbackHost, weaknessOfIssuer } from '../platform/config/provider-settings.js';
import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, foundIf } from './finding.js';

/** By whom people can sign in: those of the environment, and those that were added at run time. */
export async function checkProviders(
  { read }: DatabaseReader,
  { identityProviders }: AppConfig,
): Promise<CheckFinding[]> {
  const added = await read<{ name: string; issuer: string }>(
    'SELECT name, issuer FROM identity_providers ORDER BY name',
  );
  const local = [...identityProviders, ...added].filter(
    ({ issuer }) =>
      weaknessOfIssuer(issuer, false) !== undefined || isLoopbackHost(new URL(issuer).hostname),
  );
  const named = local.map(({ name, issuer }) => `${name} (${issuer})`).join(', ');
  return foundIf(local.length > 0, 'gatehouse.W040', `${named}.`);
}
