import { emailKey } from './identifiers.js';

/**
 * That an address may become the address of an account. Writers of addresses ask for one, so that no way to an account
 * can pass over the rule of the product unnoticed. `RegistrationRules.admit()` gives it.
 */
export class Admission {
  private constructor(private readonly key: string) {}

  /** For `RegistrationRules`, after the rule was asked. */
  static asked(address: string): Admission {
    return new Admission(emailKey(address));
  }

  /**
   * Passes over the rule: for an operator who says so, for a link that was sent after the rule was asked, for the way
   * back to an address that the account had, and for tests.
   */
  static unasked(address: string): Admission {
    return new Admission(emailKey(address));
  }

  /** Throws when this is about another address: that is a fault of the calling code. */
  assertFor(address: string): void {
    if (this.key === emailKey(address)) return;
    throw new Error('The rule of the product was asked about another address.');
  }
}

/** Throws when nothing admits an address: that is a fault of the calling code. */
export function assertAdmitted(admission: Admission | undefined, address: string): void {
  if (!admission) throw new Error('Ask RegistrationRules.admit() before an address is written.');
  admission.assertFor(address);
}
