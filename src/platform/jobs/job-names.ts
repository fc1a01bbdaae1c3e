import type { Job } from './define-jobs.js';

/** The jobs of Gatehouse. A name never changes: jobs that an earlier version added may still wait. */
export type JobName =
  | 'account-event'
  | 'ask-for-email-proof'
  | 'forgotten-password'
  | 'housekeeping'
  | 'reseal'
  | 'seal_audit_trail'
  | 'send-mail';

/** A job of Gatehouse or of the product. */
export type AnyJob = JobName | Job<never>;

/** The name of a job in the database. */
export function nameOf(job: AnyJob): string {
  return typeof job === 'string' ? job : job.name;
}
