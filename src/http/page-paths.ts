/** The doors, and the page of one's own account. */
export const LOGIN_PATH = '/accounts/login';
export const REGISTER_PATH = '/accounts/register';
export const PROFILE_PATH = '/accounts/profile';

/**
 * The address of a page that leads to another one afterwards: `withNext('/accounts/login', page.next)`.
 * @param path a page of Gatehouse, without a query
 * @param next the path of the other page; undefined: there is none
 */
export const withNext = (path: string, next: string | undefined) =>
  next === undefined ? path : `${path}?next=${encodeURIComponent(next)}`;

/** The address of the page that asks for the password again. */
export const REAUTHENTICATE_PATH = '/accounts/reauthenticate';

/** The address of the page for a new password, to which password managers send people. */
export const PASSWORD_CHANGE_PATH = '/accounts/password/change';
export const SECURITY_TXT_PATH = '/.well-known/security.txt';

/** The addresses of pages that mails link to. */
export const EMAIL_VERIFY_PATH = '/accounts/email/verify';
export const EMAIL_UNDO_PATH = '/accounts/email/undo';
export const PASSWORD_RESET_PATH = '/accounts/password/reset';
export const PASSWORD_RESET_CONFIRM_PATH = '/accounts/password/reset/confirm';

/** Where the page is that sends people to a provider, and the one to which it sends them back. */
export const federationPath = (provider: string) => `/accounts/federation/${provider}`;
export const federationCallbackPath = (provider: string) => `${federationPath(provider)}/callback`;
