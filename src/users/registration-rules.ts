import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { providedInstance } from '../common/provided-instance.js';
import { AppError, type Finding } from '../http/app-error.js';
import { Admission } from './admission.js';
import { hasUsernames } from './usernames.js';
import { type Candidate, RegistrationOption, type RegistrationRule } from './registration-rule.js';

/** A candidate, of which what is left out is null or empty. */
export type GivenCandidate = Pick<Candidate, 'origin' | 'email'> & Partial<Candidate>;

/** Asks the rule of the product, if it has one, whether an account or an address is welcome. */
@Injectable()
export class RegistrationRules implements OnModuleInit {
  private rule: RegistrationRule | undefined;

  constructor(
    private readonly option: RegistrationOption,
    private readonly modules: ModuleRef,
  ) {}

  async onModuleInit(): Promise<void> {
    const { rule } = this.option;
    if (rule) this.rule = await providedInstance(this.modules, rule, 'registration', 'accept');
  }

  /**
   * Admits an address, as far as the rule accepts it. Ask before anything is looked up, so that the answer is the same
   * whether the address is known or not, and outside of a transaction, because the rule may take its time. Throws
   * `AppError` 422 with the findings of the rule, and what the rule throws.
   * @param emailField the field that holds the address in the input of the caller
   */
  async admit(candidate: GivenCandidate, emailField = 'email'): Promise<Admission> {
    const findings = await this.findingsOf(candidate);
    if (findings.length === 0) return Admission.asked(candidate.email);
    throw AppError.validation(
      findings.map((finding) =>
        finding.field === 'email' ? { ...finding, field: emailField } : finding,
      ),
    );
  }

  /** What the rule finds. */
  async findingsOf(candidate: GivenCandidate): Promise<Finding[]> {
    const nothing = { accountId: null, username: null, fields: {}, provider: null };
    const hidden = hasUsernames() ? {} : { username: null };
    return (await this.rule?.accept({ ...nothing, ...candidate, ...hidden })) ?? [];
  }
}
