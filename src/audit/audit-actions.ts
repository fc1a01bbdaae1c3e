/** Everything that the audit trail tells, in the past tense. docs/audit.md is this table. */
export const AUDIT_ACTIONS = {
  'user.registered': 'Somebody opened an account',
  'user.signed_in': 'Somebody signed in',
  'user.sign_in_failed': 'Somebody did not get in: the reason says why',
  'user.password_proof_failed':
    'Somebody who was signed in did not know the password that was asked for',
  'user.password_disabled':
    'After 100 failures in a row: the password opens nothing until it is reset',
  'user.signed_out': 'Somebody signed out; the session ended',
  'user.created': 'An account was added by an administrator or on the command line',
  'user.updated': 'Names, addresses or other fields of an account were changed',
  'user.activated': 'An account was activated',
  'user.deactivated': 'An account was deactivated; its sessions ended',
  'user.superuser_granted': 'An account was made a superuser',
  'user.superuser_revoked': 'A superuser became an ordinary account',
  'user.roles_changed': 'An account was given other roles',
  'user.permissions_changed': 'An account was granted other permissions directly',
  'user.password_changed': 'An account got another password; its other sessions ended',
  'user.password_reset_requested': 'An administrator had a link to choose a password sent',
  'user.email_verified': 'Somebody proved to read mail at the address of an account',
  'user.email_changed': 'The address of an account became another one, which was proven',
  'user.email_change_undone': 'The owner of the old address took a change of address back',
  'user.email_claim_ended': 'An account lost an unproven address to somebody who proved it',
  'user.session_ended': 'Somebody ended one of their own sessions',
  'user.refresh_token_reused': 'A used refresh token came again; its session ended',
  'user.sessions_ended': 'All other sessions of an account were ended, or all by an administrator',
  'user.deleted': 'An account was deleted, with its sessions',
  'limit.reached': 'A limit refused somebody: the reason names it; told once until it ends',
  'access.denied': 'Somebody was refused at a route that asks for a permission or a role',
  'role.created': 'A role was added',
  'role.updated': 'The name or the description of a role was changed',
  'role.permissions_changed': 'A role was given other permissions',
  'role.deleted': 'A role was deleted',
  'permission.added': 'A permission of the code was added to the database, and to the role admin',
  'signing_key.rotated': 'Another key signs access tokens',
} as const satisfies Record<string, string>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
