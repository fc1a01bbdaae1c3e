import { applyDecorators, Injectable, type Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import {
  IsString,
  Validate,
  ValidatorConstraint,
  type ValidationArguments,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { Brand } from '../platform/brand/brand.js';
import { AppConfig } from '../platform/config/app-config.js';
import { isHashable } from './normalize-password.js';
import {
  PASSWORD_RULES,
  type PasswordRule,
  reasonOf,
  type UserAttributes,
} from './password-policy.js';
import { PASSWORD_CHARACTERS, PASSWORD_SIZE } from './password-bounds.js';
import { WithinBound } from './within-bound.decorator.js';
import { policyOptions } from './policy-options.js';

/**
 * A password that someone chooses: text of at most 4,096 bytes that the policy accepts, compared
 * with the other fields of the same request. Each broken rule is a finding of its own.
 */
export function NewPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      format: 'password',
      minLength: 8,
      maxLength: 4096,
      example: 'correct horse battery',
      description:
        'At least 8 visible characters (more if PASSWORD_MIN_LENGTH says so) of any kind, not entirely numeric, not a commonly used password, a sequence or a repetition, and not similar to the username, the names, the email address or the name of the site. No control characters.',
    }),
    IsString({ message: 'The password must be text.' }),
    WithinBound(PASSWORD_SIZE),
    WithinBound(PASSWORD_CHARACTERS),
    ...PASSWORD_CONSTRAINTS.map((constraint) => Validate(constraint)),
  );
}

/** One class for each rule: class-validator reports one message for each. Provided by `PasswordsModule`. */
export const PASSWORD_CONSTRAINTS: Type<ValidatorConstraintInterface>[] =
  PASSWORD_RULES.map(constraintFor);

function constraintFor(rule: PasswordRule): Type<ValidatorConstraintInterface> {
  @ValidatorConstraint({ name: rule.code })
  @Injectable()
  class PasswordRuleConstraint implements ValidatorConstraintInterface {
    constructor(
      private readonly config: AppConfig,
      private readonly brand: Brand,
    ) {}

    validate(value: unknown, { object }: ValidationArguments): boolean {
      return this.reason(value, object) === undefined;
    }

    defaultMessage({ value, object }: ValidationArguments): string {
      return this.reason(value, object) ?? '';
    }

    private reason(value: unknown, object: object): string | undefined {
      // Other values are refused by another rule, and must not be looked at here (ATTACKS A08).
      if (typeof value !== 'string' || !isHashable(value)) return undefined;
      const options = policyOptions(this.config, this.brand.name);
      return reasonOf(rule, value, textsOf(object), options);
    }
  }
  return PasswordRuleConstraint;
}

function textsOf(object: object): UserAttributes {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => typeof value === 'string' && value.length <= 254),
  );
}
