import { ValidateBy, type ValidationOptions } from 'class-validator';
import { isOneLine } from '../common/text.js';

/**
 * The rule for every text of one line. What is no text is left to the other rules.
 * @param what the beginning of the message: "The name"
 */
export function OneLine(what = 'This', options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'invalid_format',
      validator: {
        validate: (value) => typeof value !== 'string' || isOneLine(value),
        defaultMessage: () =>
          `${what} must be one line without control, invisible or direction-changing characters.`,
      },
    },
    options,
  );
}
