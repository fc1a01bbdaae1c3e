import { Injectable, ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { AppError, type Finding } from './app-error.js';

/** Names for class-validator's constraints that read well in an API; others become snake_case. */
const CODES: Record<string, string> = {
  isString: 'invalid_type',
  isBoolean: 'invalid_type',
  isInt: 'invalid_type',
  isArray: 'invalid_type',
  isNotEmpty: 'required',
  minLength: 'too_short',
  maxLength: 'too_long',
  matches: 'invalid_format',
};

/**
 * Validates every body, query and parameter against its DTO: unknown fields are refused, nothing is
 * converted by guessing, and everything that is wrong is told at once (422). ASVS 2.2.1, 15.3.3, 15.3.5.
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      validationError: { target: false },
      exceptionFactory: (errors) => AppError.validation(findingsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && value !== undefined) {
      if (!isPlainObject(value)) {
        throw AppError.validation([
          { field: '', code: 'invalid_type', message: 'The body must be a JSON object.' },
        ]);
      }
      // class-transformer silently drops what is named like a method of objects ("constructor",
      // "toString"), and so hides it from the whitelist.
      const hidden = Object.keys(value).filter((key) => key in Object.prototype);
      if (hidden.length > 0) throw AppError.validation(hidden.map(unknownField));
    }
    return super.transform(value, metadata);
  }
}

function findingsOf(errors: ValidationError[], parent = ''): Finding[] {
  return errors.flatMap((error) => {
    const field = parent + error.property;
    const nested = findingsOf(error.children ?? [], `${field}.`);
    return [...ownFindings(error, field), ...nested];
  });
}

function ownFindings(error: ValidationError, field: string): Finding[] {
  const broken = Object.entries(error.constraints ?? {});
  if (broken.length > 0 && (error.value === undefined || error.value === null)) {
    if (!('whitelistValidation' in error.constraints!)) {
      return [{ field, code: 'required', message: 'This field is required.' }];
    }
  }
  // The value of another type breaks every rule; only the first is news.
  const type = broken.find(([name]) => CODES[name] === 'invalid_type');
  return (type ? [type] : broken).map(([name, message]) =>
    name === 'whitelistValidation'
      ? unknownField(field)
      : { field, code: CODES[name] ?? snakeCase(name), message },
  );
}

function unknownField(field: string): Finding {
  return { field, code: 'unknown_field', message: 'This field is not known here.' };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
