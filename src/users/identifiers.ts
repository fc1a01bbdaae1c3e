import { domainToASCII } from 'node:url';
import { caseless } from '../common/look-alikes.js';

/** A username as it is stored and shown: in Unicode normalisation form NFKC, as Django does. */
export function normalizeUsername(username: string): string {
  return username.normalize('NFKC');
}

/** The form in which usernames are compared: "Ann", "ANN" and "ａｎｎ" are one. */
export function usernameKey(username: string): string {
  return caseless(username);
}

/**
 * The form in which addresses are compared: without case, the domain in ASCII. Nothing else is folded,
 * as "mıke@" and "mike@" are two mailboxes. Mail goes to the address as it is stored, never to this.
 */
export function emailKey(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 0) return email.toLowerCase();
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)];
  return `${local.toLowerCase()}@${domainToASCII(domain) || domain.toLowerCase()}`;
}
