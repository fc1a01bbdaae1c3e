/** The jobs. A name never changes: jobs that an earlier version added may still wait. */
export type JobName =
  | 'ask-for-email-proof'
  | 'forgotten-password'
  | 'housekeeping'
  | 'reseal'
  | 'seal_audit_trail'
  | 'send-mail';
