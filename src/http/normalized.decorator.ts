import { Transform } from 'class-transformer';

/** Longer than any field of one line may be. */
const MAX_LENGTH = 8_192;

/**
 * Brings a text into the one form in which it is compared and stored, before its rules look at it. What is no text,
 * or longer than any field, is left to the other rules.
 */
export function Normalized(normalize: (text: string) => string): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && value.length <= MAX_LENGTH ? normalize(value) : value,
  );
}

/** As `Normalized`, for each text of a list. The same text twice is one. */
export function EachNormalized(normalize: (text: string) => string): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    Array.isArray(value)
      ? [
          ...new Set(
            value.map((item: unknown) =>
              typeof item === 'string' && item.length <= MAX_LENGTH ? normalize(item) : item,
            ),
          ),
        ]
      : value,
  );
}
