import { AuditActionCatalogue } from '../audit/audit-action-catalogue.js';
import type { Declarations } from '../common/declarations.js';
import { checkProblems } from '../http/check-problems.js';
import { checkSettings } from '../platform/config/product-settings.js';
import { EmailCatalogue } from '../platform/email/email-catalogue.js';
import { LimitCatalogue } from '../platform/throttling/limit-catalogue.js';
import { addUserFields } from '../users/add-user-fields.js';
import { KnownMetrics } from '../platform/metrics/known-metrics.js';
import { PermissionCatalogue } from '../permissions/permission-catalogue.js';
import { checkJobs } from '../platform/jobs/check-jobs.js';

/**
 * Adds the product's columns to the user. Throws `DeclarationError` for a file of the product that declares what cannot
 * be, and `OperatorError` for its class of user fields, before anything connects.
 * @returns the same declarations
 */
export async function checkDeclarations(declarations: Declarations): Promise<Declarations> {
  addUserFields(declarations.userFields);
  await checkSettings(declarations);
  await checkProblems(declarations);
  await EmailCatalogue.load(declarations);
  await LimitCatalogue.load(declarations);
  await checkJobs(declarations);
  await AuditActionCatalogue.load(declarations);
  await KnownMetrics.load(declarations);
  await PermissionCatalogue.load(declarations);
  return declarations;
}
