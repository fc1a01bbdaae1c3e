import { Param } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { AppError } from './app-error.js';

/**
 * Injects the `:id` of the path. What is not a UUID names nothing: `AppError` 404, as for one that is unknown.
 * @example
 * ```ts
 * @Get(':id')
 * show(@IdParam() id: string): Promise<ArticleDto> { … }
 * ```
 */
export const IdParam = (): ParameterDecorator =>
  Param('id', {
    transform(value: string): string {
      if (!isUUID(value)) throw new AppError('not_found');
      // As it is stored: the same object has one name, in the audit trail too.
      return value.toLowerCase();
    },
  });
