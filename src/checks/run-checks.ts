import type { Declarations } from '../common/declarations.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { explainDatabaseFailure } from '../platform/database/database-failures.js';
import { LimitCatalogue } from '../platform/throttling/limit-catalogue.js';
import type { Registrations } from '../permissions/access-problems.js';
import {
  checkLookAlikes,
  checkPasswordHashes,
  checkSuperusers,
  checkVisitors,
} from './account-checks.js';
import { checkAppSecret } from './app-secret-checks.js';
import { checkAuditChain } from './audit-checks.js';
import { checkConfig } from './config-checks.js';
import { checkConnections, checkNotifications } from './connection-checks.js';
import { type DatabaseReader, readDatabase } from './database-reader.js';
import { checkDatabaseRole } from './database-role-checks.js';
import { checkDatabaseState } from './database-state-checks.js';
import { type CheckFinding, found } from './finding.js';
import { checkAccess, checkMigrations } from './schema-checks.js';
import { checkProviders } from './provider-checks.js';
import { checkSecrets } from './secret-checks.js';
import { checkSigningKey } from './signing-key-checks.js';

/**
 * Looks at a valid configuration and its database, and changes neither. Throws nothing for a database
 * that cannot be read: that is a finding.
 * @param deploy also looks for what matters only where the application is run for others
 * @param declarations the entities, migrations and permissions of the application
 * @param registrations the controllers and providers of the application, whose access decisions are judged
 */
export async function runChecks(
  config: AppConfig,
  declarations: Declarations,
  registrations: Registrations,
  { deploy }: { deploy: boolean },
): Promise<CheckFinding[]> {
  const limits = await LimitCatalogue.load(declarations);
  const ofConfig = deploy ? [...checkConfig(config, limits), ...checkSecrets(config)] : [];
  return [
    ...(await checkDatabase(config, declarations, registrations, deploy)),
    ...ofConfig,
  ].toSorted((a, b) => a.id.localeCompare(b.id, 'en'));
}

async function checkDatabase(
  config: AppConfig,
  declarations: Declarations,
  registrations: Registrations,
  deploy: boolean,
): Promise<CheckFinding[]> {
  try {
    const findings = await readDatabase(config, declarations, (database) =>
      lookAt(database, config, declarations, registrations, deploy),
    );
    return findings ?? (await checkMigrations(undefined));
  } catch (error) {
    return [found('gatehouse.E002', reasonOf(error, config))];
  }
}

async function lookAt(
  database: DatabaseReader,
  config: AppConfig,
  declarations: Declarations,
  registrations: Registrations,
  deploy: boolean,
): Promise<CheckFinding[]> {
  const state = await checkDatabaseState(database);
  if (state.some(({ id }) => id === 'gatehouse.E008')) return state;
  const findings = [...state, ...(await checkMigrations(database))];
  findings.push(...(await checkNotifications(database, config)));
  if (deploy) findings.push(...(await checkDatabaseRole(database)));
  if (deploy) findings.push(...(await checkConnections(database, config)));
  if (findings.some(({ id }) => id === 'gatehouse.W001')) return findings;
  findings.push(...(await checkAccess(database, declarations, registrations)));
  findings.push(...(await checkSigningKey(database, config, { deploy })));
  findings.push(...(await checkAppSecret(database, config)));
  findings.push(...(await checkPasswordHashes(database)));
  findings.push(...(await checkAuditChain(database, config)));
  if (!deploy) return findings;
  findings.push(...(await checkProviders(database, config)));
  findings.push(...(await checkSuperusers(database)));
  findings.push(...(await checkLookAlikes(database)));
  return [...findings, ...(await checkVisitors(database, config))];
}

function reasonOf(error: unknown, config: AppConfig): string {
  const failure = explainDatabaseFailure(error, config);
  return failure?.sentence ?? (error instanceof Error ? error.message : String(error));
}
