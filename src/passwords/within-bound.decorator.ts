import { ValidateBy } from 'class-validator';
import { isHashable, MAX_PASSWORD_BYTES } from './normalize-password.js';

/** Refuses a text that is too large to be hashed. */
export function PasswordSize(): PropertyDecorator {
  return ValidateBy({
    name: 'password_too_long',
    validator: {
      validate: (value) => typeof value !== 'string' || isHashable(value),
      defaultMessage: () =>
        `This password is too long. It must be at most ${MAX_PASSWORD_BYTES} bytes.`,
    },
  });
}
