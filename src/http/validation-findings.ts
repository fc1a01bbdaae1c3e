import { getMetadataStorage, type ValidationError } from 'class-validator';
import type { Finding } from './app-error.js';
import type { FindingCode } from './finding-catalogue.js';

/**
 * The codes of class-validator's own rules. They are a contract, so they never follow from the library's names.
 * A custom rule is named as its code is written (`invalid_email`).
 */
const CODES: Record<string, FindingCode> = {
  isString: 'invalid_type',
  isBoolean: 'invalid_type',
  isInt: 'invalid_type',
  isNumber: 'invalid_type',
  isArray: 'invalid_type',
  isObject: 'invalid_type',
  isNotEmpty: 'required',
  isDefined: 'required',
  minLength: 'too_short',
  maxLength: 'too_long',
  isLength: 'too_long',
  min: 'too_small',
  max: 'too_large',
  isPositive: 'too_small',
  arrayMinSize: 'too_few',
  arrayNotEmpty: 'too_few',
  arrayMaxSize: 'too_many',
  arrayUnique: 'duplicate',
  matches: 'invalid_format',
  isIn: 'invalid_choice',
  isEnum: 'invalid_choice',
  isUuid: 'invalid_id',
  isRFC3339: 'invalid_date_time',
  isIso8601: 'invalid_date_time',
  isDateString: 'invalid_date_time',
  isDate: 'invalid_date_time',
  isEmail: 'invalid_email',
  isUrl: 'invalid_url',
};
const CUSTOM_RULE = /^[a-z]+(?:_[a-z0-9]+)+$/;

/** Everything that class-validator found, one finding for each broken rule. */
export function findingsOf(errors: ValidationError[], parent = ''): Finding[] {
  return errors.flatMap((error) => {
    const field = parent + error.property;
    return [...ownFindings(error, field), ...findingsOf(error.children ?? [], `${field}.`)];
  });
}

export function unknownField(field: string): Finding {
  return { field, code: 'unknown_field', message: 'This field is not known here.' };
}

function ownFindings(error: ValidationError, field: string): Finding[] {
  const broken = Object.entries(error.constraints ?? {});
  if (broken.some(([name]) => name === 'whitelistValidation')) return [unknownField(field)];
  if (broken.length > 0 && isMissing(error)) {
    return [{ field, code: 'required', message: 'This field is required.' }];
  }
  // A value of another type breaks every rule; only the first is news.
  const wrongType = broken.find(([name]) => CODES[name] === 'invalid_type');
  const findings = (wrongType ? [wrongType] : broken).map(([name, message]) => ({
    field,
    code: codeOf(name),
    message,
  }));
  return findings.filter(
    ({ code }, index) => findings.findIndex((other) => other.code === code) === index,
  );
}

function codeOf(rule: string): string {
  return CODES[rule] ?? (CUSTOM_RULE.test(rule) ? rule : 'invalid_value');
}

/** Whether a required field is absent or empty. For one that may be left out, null is a value of another type. */
function isMissing({ value, property, target }: ValidationError): boolean {
  if (value === undefined) return true;
  if (value !== null && value !== '') return false;
  return !rulesOf(target!).some(
    (rule) => rule.propertyName === property && rule.type === 'conditionalValidation',
  );
}

/** The rules of a DTO's class, inherited ones included. */
export function rulesOf(dto: object) {
  return getMetadataStorage().getTargetValidationMetadatas(dto.constructor, '', true, false);
}
