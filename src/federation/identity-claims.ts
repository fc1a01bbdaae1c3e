import { isDamaged, isOneLine, withoutPadding, withoutPaddingOfLine } from '../common/text.js';
import { isPlainAddress } from '../users/user-fields.decorators.js';

const MAX_SUBJECT_LENGTH = 255;
const MAX_NAME_LENGTH = 150;
const MAX_EMAIL_LENGTH = 254;
const MAX_METHODS = 10;

/** RFC 8176 section 2. */
const KNOWN_METHODS = new Set(
  'face fpt geo hwk iris kba mca mfa otp pin pop pwd rba retina sc sms swk tel user vbm wia'.split(
    ' ',
  ),
);

/** What a provider says of somebody, after it was proven that it is the provider who says it. */
export interface IdentityClaims {
  issuer: string;
  subject: string;
  /** What the owner recognises the identity by. */
  knownAs: string;
  /** Empty: it tells none, or none that could be one. */
  email: string;
  /** Whether it says, in so many words, that the address is theirs. */
  emailVerified: boolean;
  /** What may become a username, the best first. */
  usernames: string[];
  firstName: string;
  lastName: string;
  /** How they signed in there (RFC 8176), as far as we know the word. */
  amr: string[];
  /** When they signed in there, in seconds since 1970; undefined: it does not tell. */
  authTime: number | undefined;
}

/** Claims that name nobody. The message is for the log. */
export class MalformedClaims extends Error {}

/**
 * Reads what concerns us out of whatever a provider sends. What is missing, huge or of another type is left
 * out, as nothing depends on it; without a proper subject there is nobody: `MalformedClaims`.
 */
export function identityClaims(issuer: string, claims: Record<string, unknown>): IdentityClaims {
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_LENGTH) {
    throw new MalformedClaims('The subject is no text of 1 to 255 characters.');
  }
  if (!isOneLine(sub)) throw new MalformedClaims('The subject has control characters.');
  if (isDamaged(sub)) throw new MalformedClaims('The subject is not UTF-8.');
  const email = emailIn(claims.email);
  const names = [claims.preferred_username, email, claims.name].map((one) => nameIn(one));
  return {
    issuer,
    subject: sub,
    knownAs: [email, ...names].find((one) => one !== '') ?? '',
    email,
    // "true" in quotation marks is not true (ATTACKS A57).
    emailVerified: email !== '' && claims.email_verified === true,
    usernames: names.filter((one) => one !== ''),
    firstName: nameIn(claims.given_name),
    lastName: nameIn(claims.family_name),
    amr: methodsIn(claims.amr),
    authTime: typeof claims.auth_time === 'number' ? claims.auth_time : undefined,
  };
}

function emailIn(value: unknown): string {
  const address = typeof value === 'string' && value.length <= MAX_EMAIL_LENGTH ? value : '';
  const plain = withoutPaddingOfLine(address);
  return isPlainAddress(plain) ? plain : '';
}

function nameIn(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_EMAIL_LENGTH) return '';
  const name = withoutPadding(value.normalize('NFC'));
  return isOneLine(name) && !isDamaged(name) && name.length <= MAX_NAME_LENGTH ? name : '';
}

function methodsIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const known = value.filter((one): one is string => KNOWN_METHODS.has(one as string));
  return [...new Set(known)].slice(0, MAX_METHODS);
}
