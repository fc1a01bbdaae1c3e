import type { Type } from '@nestjs/common';
import type { Finding } from '../http/app-error.js';

/** By which way an account is about to be made, or about to get another address. */
export type CandidateOrigin =
  'registration' | 'provider' | 'administrator' | 'email_change' | 'cli' | 'backend';

/** An account that is about to be made, or about to get another address. */
export interface Candidate {
  /** `email_change`: the owner moves the account. `backend`: a way to authenticate of the product makes the account. */
  origin: CandidateOrigin;
  /** The account that gets another address; null for a new account. */
  accountId: string | null;
  /** As it was typed, or as it is proposed; null where it is not known yet, and where accounts have no usernames. */
  username: string | null;
  /** The new address. Empty: a provider names none. */
  email: string;
  /** Values of the product's own fields that were given, by name. */
  fields: Readonly<Record<string, unknown>>;
  /** The provider and what it says of the person, for `provider`. */
  provider: { name: string; claims: Readonly<Record<string, unknown>> } | null;
}

/**
 * Decides which accounts a site takes: `GatehouseModule.forRoot({ registration: CompanyOnly })`. Every way to an account
 * or to another address asks it, before anything is looked up, and may ask more than once.
 * @example
 * ```ts
 * export class CompanyOnly implements RegistrationRule {
 *   accept({ email }: Candidate): Finding[] | void {
 *     if (email.endsWith('@example.com')) return;
 *     return [{ field: 'email', code: 'foreign_address', message: 'Use your address at example.com.' }];
 *   }
 * }
 * ```
 */
export interface RegistrationRule {
  /**
   * Returns what is wrong, at the fields `email`, `username` or those of the product; nothing when the account is
   * welcome. May throw an `AppError`, which is the answer as it is.
   */
  accept(candidate: Candidate): void | Finding[] | Promise<void | Finding[]>;
}

/** The option `registration` of `GatehouseModule.forRoot()`. */
export abstract class RegistrationOption {
  abstract readonly rule: Type<RegistrationRule> | undefined;
}
