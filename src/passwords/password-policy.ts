import { isCommon, isMadeOf, isSequence } from './guessable.js';
import { visibleText } from './normalize-password.js';

/** What a password must not resemble: the values the person gave for these fields. */
export type UserAttributes = Partial<
  Record<'username' | 'firstName' | 'lastName' | 'email', string>
>;

export interface PolicyOptions {
  minLength: number;
  /** The name of the site and the words of its address, which are the first that attackers try. */
  siteWords: readonly string[];
}

/** One rule of the policy. Its code and messages are those of Django's validator of that name. */
export interface PasswordRule {
  code: string;
  /** Whether the password breaks the rule; returns the reason, or undefined. */
  reason(password: string, user: UserAttributes, options: PolicyOptions): string | undefined;
  /** What to tell before anything is typed. */
  help(options: Pick<PolicyOptions, 'minLength'>): string;
}

const MAX_SIMILARITY = 0.7;
const ATTRIBUTE_NAMES: Record<keyof UserAttributes, string> = {
  username: 'username',
  firstName: 'first name',
  lastName: 'last name',
  email: 'email address',
};
const ATTRIBUTES = Object.keys(ATTRIBUTE_NAMES) as (keyof UserAttributes)[];

/**
 * Django's four validators (`django.contrib.auth.password_validation`), in its order, which see through digits,
 * symbols and leet letters. NIST SP 800-63B-4 section 3.1.1.2.
 */
export const PASSWORD_RULES: readonly PasswordRule[] = [
  {
    code: 'password_too_similar',
    reason(password, user, { siteWords }) {
      const similar = similarAttribute(password, user);
      if (similar) return `The password is too similar to the ${ATTRIBUTE_NAMES[similar]}.`;
      const words = [...siteWords, ...ATTRIBUTES.flatMap((name) => partsOf(user[name] ?? ''))];
      return isMadeOf(password, words)
        ? 'The password is too similar to the name of this site or your personal information.'
        : undefined;
    },
    help: () =>
      'Your password can’t be too similar to your other personal information or to the name of this site.',
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
    reason(password) {
      if (isCommon(password)) return 'This password is too common.';
      return isSequence(password)
        ? 'This password is too common. It is a sequence or a repetition.'
        : undefined;
    },
    help: () =>
      'Your password can’t be a commonly used password, a sequence or a repetition, not even with a few digits or symbols added.',
  },
  {
    code: 'password_entirely_numeric',
    reason: (password) =>
      /^\p{Nd}+$/u.test(password) ? 'This password is entirely numeric.' : undefined,
    help: () => 'Your password can’t be entirely numeric.',
  },
];

/** The code of findings of the product's own rules. */
export const CUSTOM_RULE_CODE = 'password_refused';

const POLICY_CODES = new Set([...PASSWORD_RULES.map(({ code }) => code), CUSTOM_RULE_CODE]);

/** Whether a finding is one of the policy, which an operator may bypass. */
export function isPolicyCode(code: string): boolean {
  return POLICY_CODES.has(code);
}

/** Every rule that a password breaks, with the reason. */
export function brokenRules(
  password: string,
  user: UserAttributes,
  options: PolicyOptions,
): { code: string; message: string }[] {
  return PASSWORD_RULES.flatMap((rule) => {
    const message = reasonOf(rule, password, user, options);
    return message ? [{ code: rule.code, message }] : [];
  });
}

/** The reason why a password breaks a rule, of which only what can be seen counts. */
export function reasonOf(
  rule: PasswordRule,
  password: string,
  user: UserAttributes,
  options: PolicyOptions,
): string | undefined {
  return rule.reason(visibleText(password), user, options);
}

function similarAttribute(
  password: string,
  user: UserAttributes,
): keyof UserAttributes | undefined {
  const lower = password.toLowerCase();
  return ATTRIBUTES.find((name) => {
    const parts = partsOf(user[name] ?? '');
    return parts.some((part) => isLike(lower, part)) || isMadeOf(password, parts);
  });
}

function isLike(password: string, part: string): boolean {
  return !isFarLonger(password, part) && similarityBound(password, part) >= MAX_SIMILARITY;
}

/** The words of a value, and all of it. */
function partsOf(value: string): string[] {
  const lower = value.toLowerCase();
  return [...lower.split(/[^\p{L}\p{N}_]+/u), lower].filter(Boolean);
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
