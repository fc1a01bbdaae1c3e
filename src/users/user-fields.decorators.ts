import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, isEmail, IsNotEmpty, IsString, MaxLength, ValidateBy } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';
import { OneLine } from '../http/one-line.decorator.js';
import { Normalized } from '../http/normalized.decorator.js';
import {
  CONTROL_CHARACTERS,
  UNSEEN,
  withoutPadding,
  withoutPaddingOfLine,
  withoutSpaces,
} from '../common/text.js';
import { normalizeUsername } from './identifiers.js';
import { ChosenUsername, TypedName } from './username-fields.js';
import { weaknessOfUsername } from './username-rules.js';

const MAX_NAME_LENGTH = 150;
const MAX_EMAIL_LENGTH = 254;
/** What no name or address ever had. Names from before the rules of today still sign in. */
const NO_NAME = /[\p{C}\p{Zl}\p{Zp}]/u;

/** A username that someone chooses: at most 150 letters of one script, digits and `@ . + - _`, in NFKC. */
export function Username({ required } = { required: true }): PropertyDecorator {
  return applyDecorators(
    ChosenUsername(),
    ApiProperty({
      type: String,
      required,
      minLength: 1,
      maxLength: MAX_NAME_LENGTH,
      example: 'ann',
      description:
        'At most 150 letters of one script, digits and @ . + - _ only. Upper and lower case are the same, and spaces around it do not matter.',
    }),
    Normalized((name) => withoutPadding(normalizeUsername(name))),
    IsString({ message: 'The username must be text.' }),
    MaxLength(MAX_NAME_LENGTH, { message: 'The username must have at most 150 characters.' }),
    ValidateBy({
      name: 'invalid_format',
      validator: {
        validate: (value) => weaknessIn(value) === undefined,
        defaultMessage: (given) => weaknessIn(given?.value) ?? '',
      },
    }),
  );
}

/** What is no text breaks another rule. */
function weaknessIn(value: unknown): string | undefined {
  return typeof value === 'string' ? weaknessOfUsername(value) : undefined;
}

/** One plain address: no list, no display name, no quoted local part, no line breaks (ATTACKS A47). */
export function EmailAddress({ required } = { required: true }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      required,
      format: 'email',
      maxLength: MAX_EMAIL_LENGTH,
      example: 'ann@example.com',
    }),
    // RFC 6532 section 3.1 asks for NFC. More must not be folded: that would be another mailbox.
    Normalized((address) => withoutPaddingOfLine(address.normalize('NFC'))),
    IsString({ message: 'The email address must be text.' }),
    MaxLength(MAX_EMAIL_LENGTH, { message: 'The email address must have at most 254 characters.' }),
    ValidateBy({
      name: 'invalid_email',
      validator: {
        validate: isPlainAddress,
        defaultMessage: () => 'Enter a valid email address.',
      },
    }),
  );
}

/**
 * Whether something is one plain email address. Characters that only look like others (full-width letters,
 * ligatures) are refused with the rest: a real mailbox has none, and a look-alike of someone's address must
 * not pass for it.
 */
export function isPlainAddress(value: unknown): value is string {
  return (
    // Half a character, at which the library throws.
    typeof value === 'string' &&
    !/\p{Surrogate}/u.test(value) &&
    isEmail(value, { blacklisted_chars: '"\\s,;:<>()[\\]\\\\' }) &&
    value.normalize('NFKC') === value &&
    !CONTROL_CHARACTERS.test(value) &&
    !UNSEEN.test(value)
  );
}

/** A person's first or last name: any text of one line, at most 150 characters, possibly empty. */
export function PersonName(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, maxLength: MAX_NAME_LENGTH, example: 'Ann' }),
    Normalized((text) => withoutSpaces(text.normalize('NFC'))),
    IfGiven(),
    IsString({ message: 'The name must be text.' }),
    MaxLength(MAX_NAME_LENGTH, { message: 'The name must have at most 150 characters.' }),
    OneLine('The name'),
  );
}

/** Yes or no, or left out. */
export function Flag(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: Boolean }),
    IfGiven(),
    IsBoolean({ message: 'This must be true or false.' }),
  );
}

/** A username or email address by which someone signs in. */
export function SignInName(): PropertyDecorator {
  return applyDecorators(
    TypedName(),
    ApiProperty({
      type: String,
      minLength: 1,
      maxLength: MAX_EMAIL_LENGTH,
      example: 'ann',
      description: 'The username or the email address. Spaces around it do not matter.',
    }),
    Normalized(withoutPadding),
    IsNotEmpty({ message: 'This field is required.' }),
    IsString({ message: 'The username must be text.' }),
    MaxLength(MAX_EMAIL_LENGTH, { message: 'The username must have at most 254 characters.' }),
    ValidateBy({
      name: 'invalid_format',
      validator: {
        validate: (value) => typeof value === 'string' && !NO_NAME.test(value),
        defaultMessage: () => 'The username must not contain control or invisible characters.',
      },
    }),
  );
}
