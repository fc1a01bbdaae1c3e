import { isHashable, MAX_PASSWORD_BYTES } from './normalize-password.js';

/** What no new password may be, whoever sets it; unlike the policy, an operator cannot bypass it. */
export interface PasswordBound {
  code: string;
  message: string;
  accepts: (password: string) => boolean;
}

export const PASSWORD_SIZE: PasswordBound = {
  code: 'password_too_long',
  message: `This password is too long. It must be at most ${MAX_PASSWORD_BYTES} bytes.`,
  accepts: isHashable,
};

/**
 * Browsers strip line breaks from password fields, and keyboards have no other control characters, so the owner could
 * not enter such a password again. Bytes that are not UTF-8 arrive as U+FFFD, or as a lone surrogate in JSON: different
 * passwords would be the same.
 */
export const PASSWORD_CHARACTERS: PasswordBound = {
  code: 'password_invalid_characters',
  message:
    'This password contains characters that cannot be typed in a form, such as a line break or a tab.',
  accepts: (password) => !/[\p{Cc}\p{Cs}\uFFFD]/u.test(password),
};

/** The bounds that a password exceeds. */
export function exceededBounds(password: string): { code: string; message: string }[] {
  return [PASSWORD_SIZE, PASSWORD_CHARACTERS]
    .filter((bound) => !bound.accepts(password))
    .map(({ code, message }) => ({ code, message }));
}
