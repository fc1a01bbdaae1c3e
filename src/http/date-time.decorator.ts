import { isISO8601, isRFC3339, ValidateBy } from 'class-validator';

/** A time of RFC 3339, on a day that exists. */
export function DateTime(): PropertyDecorator {
  return ValidateBy({
    name: 'invalid_date_time',
    validator: {
      validate: (value) => isRFC3339(value) && isISO8601(value, { strict: true }),
      defaultMessage: (given) =>
        isRFC3339(given?.value)
          ? 'There is no such day.'
          : 'Write the time as 2026-11-21T09:00:00Z.',
    },
  });
}
