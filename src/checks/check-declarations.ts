import { AuditActionCatalogue } from '../audit/audit-action-catalogue.js';
import type { Declarations } from '../common/declarations.js';
import { checkProblems } from '../http/check-problems.js';
import { LimitCatalogue } from '../platform/throttling/limit-catalogue.js';
import { PermissionCatalogue } from '../permissions/permission-catalogue.js';
import { checkJobs } from '../platform/jobs/check-jobs.js';

/**
 * Throws `DeclarationError` for a file of the product that declares what cannot be, before anything connects.
 * @returns the same declarations
 */
export async function checkDeclarations(declarations: Declarations): Promise<Declarations> {
  await checkProblems(declarations);
  await LimitCatalogue.load(declarations);
  await checkJobs(declarations);
  await AuditActionCatalogue.load(declarations);
  await PermissionCatalogue.load(declarations);
  return declarations;
}
