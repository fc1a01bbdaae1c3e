import { dictionary } from '@zxcvbn-ts/language-common';

/** What a password must not resemble: the values the person gave for these fields. */
export type UserAttributes = Partial<
  Record<'username' | 'firstName' | 'lastName' | 'email', string>
>;

export interface PolicyOptions {
  minLength: number;
}

/** One rule of the policy. Its code and messages are those of Django's validator of that name. */
export interface PasswordRule {
  code: string;
  /** Whether the password breaks the rule; returns the reason, or undefined. */
  reason(password: string, user: UserAttributes, options: PolicyOptions): string | undefined;
  /** What to tell before anything is typed. */
  help(options: PolicyOptions): string;
}

const MAX_SIMILARITY = 0.7;
const ATTRIBUTE_NAMES: Record<keyof UserAttributes, string> = {
  username: 'username',
  firstName: 'first name',
  lastName: 'last name',
  email: 'email address',
};
const COMMON = new Set(dictionary['passwords-common']);

/** Django's four validators (`django.contrib.auth.password_validation`), in its order. NIST SP 800-63B-4 section 3.1.1.2. */
export const PASSWORD_RULES: readonly PasswordRule[] = [
  {
    code: 'password_too_similar',
    reason(password, user) {
      const name = similarAttribute(password.toLowerCase(), user);
      return name && `The password is too similar to the ${ATTRIBUTE_NAMES[name]}.`;
    },
    help: () => 'Your password can’t be too similar to your other personal information.',
  },
  {
    code: 'password_too_short',
    reason(password, _user, { minLength }) {
      return codePoints(password) < minLength
        ? `This password is too short. It must contain at least ${minLength} characters.`
        : undefined;
    },
    help: ({ minLength }) => `Your password must contain at least ${minLength} characters.`,
  },
  {
    code: 'password_too_common',
    reason: (password) =>
      COMMON.has(password.toLowerCase().trim()) ? 'This password is too common.' : undefined,
    help: () => 'Your password can’t be a commonly used password.',
  },
  {
    code: 'password_entirely_numeric',
    reason: (password) =>
      /^\p{Nd}+$/u.test(password) ? 'This password is entirely numeric.' : undefined,
    help: () => 'Your password can’t be entirely numeric.',
  },
];

/** Every rule that a password breaks, with the reason. */
export function brokenRules(
  password: string,
  user: UserAttributes,
  options: PolicyOptions,
): { code: string; message: string }[] {
  return PASSWORD_RULES.flatMap((rule) => {
    const message = rule.reason(password, user, options);
    return message ? [{ code: rule.code, message }] : [];
  });
}

function similarAttribute(
  password: string,
  user: UserAttributes,
): keyof UserAttributes | undefined {
  return (Object.keys(ATTRIBUTE_NAMES) as (keyof UserAttributes)[]).find((name) => {
    const value = user[name]?.toLowerCase();
    if (!value) return false;
    const parts = [...value.split(/[^\p{L}\p{N}_]+/u), value].filter(Boolean);
    return parts.some(
      (part) => !isFarLonger(password, part) && similarityBound(password, part) >= MAX_SIMILARITY,
    );
  });
}

/** A value this much shorter than the password cannot reach the ratio (Django's `exceeds_maximum_length_ratio`). */
function isFarLonger(password: string, value: string): boolean {
  const [length, other] = [codePoints(password), codePoints(value)];
  return length >= 10 * other && other < (MAX_SIMILARITY / 2) * length;
}

/** Python's `SequenceMatcher.quick_ratio`: twice the characters in common, over all characters. */
function similarityBound(a: string, b: string): number {
  const available = new Map<string, number>();
  for (const character of b) available.set(character, (available.get(character) ?? 0) + 1);
  let common = 0;
  for (const character of a) {
    const left = available.get(character) ?? 0;
    if (left > 0) common++;
    available.set(character, left - 1);
  }
  return (2 * common) / (codePoints(a) + codePoints(b));
}

/** Length as NIST SP 800-63B-4 counts it: each Unicode code point is one character. */
function codePoints(text: string): number {
  return Array.from(text).length;
}
