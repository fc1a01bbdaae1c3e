import { randomUUID } from 'node:crypto';
import { raw, type Sql } from 'sql-template-tag';
import { AfterLoad, getMetadataArgsStorage } from 'typeorm';
import { OperatorError } from '../common/operator-error.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { User } from './user.entity.js';
import { hideUsernameFields } from './username-fields.js';

/**
 * Whether people have usernames. `required`: each account has one, and signs in with it or with its email address.
 * `none`: they sign in with a proven email address alone (docs/sign-in-by-email.md).
 *
 * ```ts
 * GatehouseModule.forRoot({ root: import.meta.dirname, username: 'none' });
 * ```
 */
export type UsernameMode = 'required' | 'none';

/** What is shown in place of the address of an account that has none. */
const NO_ADDRESS = 'an account without an address';

/** The mode of the applications of this process; undefined before the first. */
let mode: UsernameMode | undefined;

/** Whether the accounts of this application have usernames, as `forRoot({ username })` decided. For views of both kinds. */
export function hasUsernames(): boolean {
  return mode !== 'none';
}

/**
 * Decides whether accounts have usernames, once in a process and before its data source is made. Throws `OperatorError`
 * for another mode than that of the application before, and for an unknown one.
 *
 * Without usernames, `username` of an entity is what names its account on pages and in emails: the address. The column
 * keeps a value that nothing reads and nothing writes again.
 */
export function useUsernames(chosen: UsernameMode): void {
  if (chosen !== 'required' && chosen !== 'none') {
    throw new OperatorError(
      `GatehouseModule.forRoot({ username }) is 'required' or 'none', not ${JSON.stringify(chosen)}.`,
    );
  }
  if (mode !== undefined && mode !== chosen) {
    throw new OperatorError(
      `One process has one kind of account: username is '${mode}' in one application and '${chosen}' in another. Run them in two processes.`,
    );
  }
  if (mode === undefined && chosen === 'none') {
    hideStoredUsername();
    hideUsernameFields();
  }
  mode = chosen;
}

/** Throws `OperatorError` when accounts have no usernames, and can be used before their address is proven. */
export function assertAddressesAreProven({ emailVerification }: AppConfig): void {
  if (hasUsernames() || emailVerification === 'mandatory') return;
  throw new OperatorError(
    `GatehouseModule.forRoot({ username: 'none' }) needs EMAIL_VERIFICATION=mandatory, not ${emailVerification}: only a proven address belongs to one account alone.`,
  );
}

/** An account as the application sees it, after it was read or written: without usernames, its address names it. */
export function named(user: User): User {
  if (!hasUsernames()) user.username = nameOfAddress(user.email);
  return user;
}

/** What names an account that has this address in an application without usernames. */
export function nameOfAddress(address: string): string {
  return address === '' ? NO_ADDRESS : address;
}

/** A username as answers give it: null in an application without usernames. */
export function usernameInAnswer(username: string | null): string | null {
  return hasUsernames() ? username : null;
}

/** SQL: what names the account in a row of users under an alias. */
export function nameInRow(alias: string): Sql {
  if (hasUsernames()) return raw(`${alias}.username`);
  return raw(`COALESCE(NULLIF(${alias}.email, ''), '${NO_ADDRESS}')`);
}

/** SQL: the column, under an alias, by which accounts are listed. */
export function nameOrderInRow(alias: string): string {
  return hasUsernames() ? `${alias}.username_key` : `${alias}.email_key`;
}

/** The value of the columns for usernames where accounts have none: unique, so that it stands in nobody's way. */
export function placeholderUsername(): string {
  return randomUUID();
}

/** Lets no statement of the entity write the stored username, and no code read it. */
function hideStoredUsername(): void {
  for (const { target, propertyName, options } of getMetadataArgsStorage().columns) {
    const isName = propertyName === 'username' || propertyName === 'usernameKey';
    if (target === User && isName) options.update = false;
  }
  Object.defineProperty(User.prototype, 'nameByAddress', {
    value(this: User) {
      named(this);
    },
  });
  AfterLoad()(User.prototype, 'nameByAddress');
}
