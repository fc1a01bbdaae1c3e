import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString } from 'class-validator';
import { PASSWORD_SIZE } from './password-bounds.js';
import { WithinBound } from './within-bound.decorator.js';

/** A password that someone already has: any text that is not empty and small enough to be checked. */
export function CurrentPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      format: 'password',
      minLength: 1,
      maxLength: 4096,
      example: 'correct horse battery',
    }),
    IsNotEmpty({ message: 'This field is required.' }),
    IsString({ message: 'The password must be text.' }),
    WithinBound(PASSWORD_SIZE),
  );
}
