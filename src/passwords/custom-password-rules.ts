import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { OperatorError } from '../common/operator-error.js';
import { providedInstance } from '../common/provided-instance.js';
import type { Finding } from '../http/app-error.js';
import {
  type CustomPasswordRule,
  type PasswordRuleFunction,
  PasswordRulesOption,
} from './custom-password-rule.js';
import { CUSTOM_RULE_CODE, type UserAttributes } from './password-policy.js';

/** The rules of the product for new passwords, next to the policy. */
@Injectable()
export class CustomPasswordRules implements OnModuleInit {
  private rules: CustomPasswordRule[] = [];

  constructor(
    private readonly option: PasswordRulesOption,
    private readonly modules: ModuleRef,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const rule of this.option.rules) this.rules.push(await this.ruleOf(rule));
  }

  /** What the rules say before anything is typed. */
  get hints(): string[] {
    return this.rules.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  }

  /** Every rule that a password breaks. `field` is named in the findings. */
  async findingsOf(password: string, account: UserAttributes, field: string): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const rule of this.rules) {
      const message = await rule.refusalOf(password, account);
      if (message) findings.push({ field, code: CUSTOM_RULE_CODE, message });
    }
    return findings;
  }

  private async ruleOf(
    rule: PasswordRuleFunction | Type<CustomPasswordRule>,
  ): Promise<CustomPasswordRule> {
    if (isClass(rule)) {
      return providedInstance(this.modules, rule, 'passwordRules', 'refusalOf');
    }
    if (typeof rule !== 'function') {
      throw new OperatorError(
        'An entry of GatehouseModule.forRoot({ passwordRules }) is neither a function nor a class.',
      );
    }
    const { hint } = rule;
    return { refusalOf: rule, ...(hint !== undefined && { hint }) };
  }
}

function isClass(
  rule: PasswordRuleFunction | Type<CustomPasswordRule>,
): rule is Type<CustomPasswordRule> {
  return typeof rule === 'function' && /^class\b/.test(Function.prototype.toString.call(rule));
}
