import { dictionary } from '@zxcvbn-ts/language-common';
import type { AppConfig } from '../platform/config/app-config.js';
import { type CheckFinding, foundIf } from './finding.js';

/** Secrets that stand in this repository, where everybody can read them. */
const PUBLISHED = new Set([
  'a test secret of more than thirty-two bytes, 0123456789',
  'q8VJ0n2sX1bYc7Lw4RkZt9Ed6Hg3Mf5P',
]);
const MIN_ENTROPY_BITS = 112;
const MIN_DATABASE_PASSWORD = 12;
const COMMON = new Set(dictionary['passwords-common']);

/** Secrets that are known, guessable, or used twice (ASVS 13.2.3, 11.5.1). No finding repeats a secret. */
export function checkSecrets(config: AppConfig): CheckFinding[] {
  const reused = usedTwice(config);
  return [
    ...foundIf(isGuessable(config.appSecret), 'gatehouse.W012'),
    ...foundIf(
      hasWeakPassword(config.databaseUrl) || hasWeakPassword(config.databaseDirectUrl),
      'gatehouse.W013',
    ),
    ...foundIf(reused.length > 0, 'gatehouse.W015', `${reused.join(' and ')} are the same.`),
  ];
}

function isGuessable(secret: string): boolean {
  // Random bytes, however they are written, hold no blanks and do not repeat themselves.
  const isTyped = /\s|(.{8,}).*\1/.test(secret);
  return isTyped || PUBLISHED.has(secret) || entropyOf(secret) < MIN_ENTROPY_BITS;
}

/** Bits, as far as the frequencies of its own characters tell (Shannon): an upper bound for typed text. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return text.length * shares.reduce((sum, share) => sum - share * Math.log2(share), 0);
}

function hasWeakPassword(databaseUrl: string | undefined): boolean {
  const password = passwordOf(databaseUrl);
  // Without one the server knows the role by other means.
  if (!password) return false;
  const { username, pathname } = new URL(databaseUrl!);
  const names = [username, pathname.slice(1), 'gatehouse'];
  return (
    password.length < MIN_DATABASE_PASSWORD ||
    COMMON.has(password.toLowerCase()) ||
    names.includes(password)
  );
}

/** The first two variables that hold the same secret. */
function usedTwice(config: AppConfig): string[] {
  const [ofPooled, ofDirect] = [config.databaseUrl, config.databaseDirectUrl].map(passwordOf);
  const secrets: [string, string | undefined][] = [
    ['APP_SECRET', config.appSecret],
    ...config.previousAppSecrets.map((one): [string, string] => ['APP_SECRET_PREVIOUS', one]),
    ['METRICS_TOKEN', config.metricsToken],
    ['TRUSTED_CLIENT_SECRET', config.trustedClientSecret],
    ['the password in DATABASE_URL', ofPooled],
    // Usually it is that of DATABASE_URL, for one role has one password.
    ['the password in DATABASE_DIRECT_URL', ofDirect === ofPooled ? undefined : ofDirect],
    ['the password in SMTP_URL', passwordOf(config.smtpUrl)],
  ];
  for (const [i, [name, secret]] of secrets.entries()) {
    const other = secrets.slice(i + 1).find(([, one]) => secret && one === secret);
    if (other) return [name, other[0]];
  }
  return [];
}

function passwordOf(url: string | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { password } = new URL(url);
  try {
    return decodeURIComponent(password) || undefined;
  } catch {
    return password;
  }
}
