import type { Abstract, Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Definitions } from '../../common/definitions.js';
import type { Actor } from '../../http/current-actor.decorator.js';
import type { User } from '../../users/user.entity.js';
import type { UserFields } from '../../users/users.service.js';

/** An account that a seed adds: with a `username`, if the application has usernames. */
export interface SeedAccount extends UserFields {
  email: string;
  /** Names of roles that exist; they are given only to an account that is new. */
  roles?: string[];
}

/** What a seed without a transaction works with. */
export interface SeedContext {
  /** The operator of the machine, for services that record in the audit trail. */
  readonly actor: Actor;
  /**
   * A service of the application, by its class.
   *
   * ```ts
   * const articles = get(ArticlesService);
   * ```
   */
  get<Service>(type: Type<Service> | Abstract<Service>): Service;
  /**
   * Adds accounts whose addresses are proven, without any email. Limits of registration do not apply, its rules do. An
   * account that exists, by its username or else its address, is left as it is. Throws `OperatorError` that names the account.
   *
   * ```ts
   * const [ann] = await addAccounts([{ username: 'ann', email: 'ann@example.com', roles: ['editor'] }]);
   * ```
   * @param options `password`: of all that are new, hashed once. Without it they have none, and cannot sign in by one.
   * @returns the accounts, in the same order
   */
  addAccounts(accounts: readonly SeedAccount[], options?: { password?: string }): Promise<User[]>;
}

/** What a seed works with. */
export interface SeedInTransaction extends SeedContext {
  /** The transaction of this seed. It is rolled back when the seed throws. */
  readonly tx: EntityManager;
}

/** A seed that a product declares. */
export interface Seed {
  readonly name: string;
}

/** What a seed did, in a few words such as `300 people`, which are printed. */
type Summary = Promise<string | void>;

/** A seed, as it was declared. */
export type SeedDefinition = { name: string } & (
  | { inTransaction: true; run: (seed: SeedInTransaction) => Summary }
  | { inTransaction: false; run: (seed: SeedContext) => Summary }
);

export const SEED_DEFINITIONS = new Definitions<SeedDefinition>('defineSeed');

/**
 * Declares data for development, in a file named `*.seed.ts` below the `root` of the product. `npx gatehouse seed` runs
 * all seeds, in the order of their files, and `npx gatehouse seed people` this one.
 *
 * ```ts
 * export const PEOPLE = defineSeed('people', async ({ get, tx, addAccounts }) => {
 *   const [ann] = await addAccounts([{ username: 'ann', email: 'ann@example.com' }]);
 *   await get(ArticlesService).addArticle(tx, ann, 'The first article');
 *   return '1 author with 1 article';
 * });
 * ```
 *
 * `seed` stops at a name that is not in lower case or is taken.
 * @param run returns what it did, in a few words that are printed
 */
export function defineSeed(name: string, run: (seed: SeedInTransaction) => Summary): Seed;
/**
 * Declares a seed that calls services with transactions of their own. What it has done stays when it throws.
 *
 * ```ts
 * export const NEWS = defineSeed('news', async ({ get }) => get(NewsService).importAll(), { transaction: false });
 * ```
 */
export function defineSeed(
  name: string,
  run: (seed: SeedContext) => Summary,
  options: { transaction: false },
): Seed;
export function defineSeed(
  name: string,
  run: (seed: SeedInTransaction) => Summary,
  options?: { transaction: false },
): Seed {
  const inTransaction = options === undefined;
  return SEED_DEFINITIONS.record({ name }, { name, inTransaction, run } as SeedDefinition);
}
