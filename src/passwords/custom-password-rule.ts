import type { Type } from '@nestjs/common';
import type { UserAttributes } from './password-policy.js';

/** A sentence that says why a password is refused; nothing when it is accepted. */
export type PasswordRefusal = string | undefined | void;

/**
 * A rule of the product for new passwords, as a function: `forRoot({ passwordRules: [noSpaces] })`.
 * @example
 * ```ts
 * export const noSpaces: PasswordRuleFunction = (password) =>
 *   password.includes(' ') ? 'Leave out spaces.' : undefined;
 * noSpaces.hint = 'Your password can’t have spaces.';
 * ```
 */
export interface PasswordRuleFunction {
  (password: string, account: Readonly<UserAttributes>): PasswordRefusal | Promise<PasswordRefusal>;
  /** A sentence for pages and the API documentation. */
  hint?: string;
}

/** A rule of the product for new passwords, as a class that can inject what it needs. */
export interface CustomPasswordRule {
  /** A sentence for pages and the API documentation. */
  readonly hint?: string;
  /**
   * Returns why the password is refused, as a sentence. It is asked after all rules of Gatehouse are kept.
   * @param account username, names and address, as far as they are known
   */
  refusalOf(
    password: string,
    account: Readonly<UserAttributes>,
  ): PasswordRefusal | Promise<PasswordRefusal>;
}

/** The option `passwordRules` of `GatehouseModule.forRoot()`. */
export abstract class PasswordRulesOption {
  abstract readonly rules: readonly (PasswordRuleFunction | Type<CustomPasswordRule>)[];
}
