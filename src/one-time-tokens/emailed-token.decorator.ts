import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { Normalized } from '../http/normalized.decorator.js';
import { withoutPadding } from '../common/text.js';

/** A token that came by mail. Whether it is good for anything is found out where it is used up. */
export function EmailedToken(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      minLength: 1,
      maxLength: 256,
      example: 'Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5',
      description: 'The `token` of the link in the mail.',
    }),
    Normalized(withoutPadding),
    IsNotEmpty({ message: 'This field is required.' }),
    IsString({ message: 'The token must be text.' }),
    MaxLength(256, { message: 'This is no token.' }),
  );
}
