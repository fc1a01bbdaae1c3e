import { domainToUnicode } from 'node:url';
import { isEmail } from 'class-validator';
import { type EntityManager, In, Not } from 'typeorm';
import { emailKey, normalizeUsername, usernameKey } from './identifiers.js';
import { proposedUsernames } from './proposed-username.js';
import { User } from './user.entity.js';
import { keepSearchText } from './user-search-texts.js';
import { weaknessOfUsername } from './username-rules.js';
import { hasLookAlike, keepSkeleton } from './username-skeletons.js';

const MAX_LENGTH = 150;

/** An account whose username another one took the place of, before and after. */
export interface Renamed {
  before: User;
  after: User;
}

/** The part of an account that signs in by its names. */
type Names = Pick<User, 'username' | 'emailKey'>;

/** Whether a username is an address, in whichever spelling of its domain, that is not the account's own. */
export function isForeignAddress({ username, emailKey: own }: Names): boolean {
  return isEmail(username) && emailKey(username) !== own;
}

/** Whether the username of an account is its address. Such a username moves along when the address changes. */
export function isNamedByAddress({ username, emailKey: own }: Names): boolean {
  return isEmail(username) && emailKey(username) === own;
}

/** An address as a username, if it can be one. */
export function usernameOfAddress(address: string): string | undefined {
  const name = normalizeUsername(address);
  const fits = Array.from(name).length <= MAX_LENGTH && weaknessOfUsername(name) === undefined;
  return fits ? name : undefined;
}

/**
 * The username of an account that was named by its address, after it has proven another one: that one, or what is
 * before its @ with a number when the address cannot be a username or another account has the name.
 */
export async function usernameAfterProof(
  tx: EntityManager,
  user: User,
  address: string,
): Promise<string> {
  const wanted = usernameOfAddress(address);
  if (wanted !== undefined && (await isFree(tx, user.id, wanted))) return wanted;
  return freeUsername(tx, user.id, address);
}

/**
 * Gives other accounts whose username is this address another one: signing in by the address leads to its owner from
 * now on.
 */
export async function renameHoldersOf(
  tx: EntityManager,
  owner: User,
  address: string,
): Promise<Renamed[]> {
  const key = emailKey(address);
  const at = key.lastIndexOf('@') + 1;
  const spellings = [address, key, key.slice(0, at) + domainToUnicode(key.slice(at))];
  const holders = await tx.find(User, {
    where: { id: Not(owner.id), usernameKey: In(spellings.map(usernameKey)) },
    lock: { mode: 'pessimistic_write' },
  });
  const renamed: Renamed[] = [];
  for (const before of holders) {
    const username = await freeUsername(tx, before.id, address);
    const names = { username, usernameKey: usernameKey(username) };
    await tx.update(User, { id: before.id }, names);
    const after = Object.assign(tx.create(User, before), names);
    await keepSkeleton(tx, before.id, username);
    await keepSearchText(tx, after);
    renamed.push({ before, after });
  }
  return renamed;
}

async function freeUsername(tx: EntityManager, userId: string, address: string): Promise<string> {
  for (const name of proposedUsernames([address])) if (await isFree(tx, userId, name)) return name;
  throw new Error('unreachable: usernames are proposed without end');
}

async function isFree(tx: EntityManager, userId: string, username: string): Promise<boolean> {
  const key = usernameKey(username);
  const isTaken = await tx.existsBy(User, { id: Not(userId), usernameKey: key });
  return !isTaken && !(await hasLookAlike(tx, username, userId));
}
