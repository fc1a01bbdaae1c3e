/** The address of the page that asks for the password again. */
export const REAUTHENTICATE_PATH = '/accounts/reauthenticate';

/** The addresses of pages that mails link to. */
export const EMAIL_VERIFY_PATH = '/accounts/email/verify';
export const EMAIL_UNDO_PATH = '/accounts/email/undo';
export const PASSWORD_RESET_PATH = '/accounts/password/reset';
export const PASSWORD_RESET_CONFIRM_PATH = '/accounts/password/reset/confirm';
