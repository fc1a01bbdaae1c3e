import { Injectable, ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { ValidationError, ValidatorOptions } from 'class-validator';
import { AppError } from './app-error.js';
import { addTooLongTexts } from './text-lengths.js';
import { findingsOf, unknownField } from './validation-findings.js';

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
      validationError: { target: true },
      exceptionFactory: (errors) => AppError.validation(findingsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && (value !== undefined || metadata.data === undefined)) {
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

  protected override async validate(
    dto: object,
    options?: ValidatorOptions,
  ): Promise<ValidationError[]> {
    const errors = await super.validate(dto, options);
    addTooLongTexts(dto, errors);
    return errors;
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
