import { ValidateBy } from 'class-validator';
import type { PasswordBound } from './password-bounds.js';

/** Refuses a text that exceeds a bound of passwords. */
export function WithinBound({ code, message, accepts }: PasswordBound): PropertyDecorator {
  return ValidateBy({
    name: code,
    validator: {
      validate: (value) => typeof value !== 'string' || accepts(value),
      defaultMessage: () => message,
    },
  });
}
