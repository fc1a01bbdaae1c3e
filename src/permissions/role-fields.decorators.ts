import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';
import { Normalized } from '../http/normalized.decorator.js';
import { OneLine } from '../http/one-line.decorator.js';
import { withoutSpaces } from '../common/text.js';

export const MAX_ROLE_NAME_LENGTH = 150;
const MAX_DESCRIPTION_LENGTH = 500;

/** The name or description of a role as it is stored and compared. */
export function normalizeRoleText(text: string): string {
  return withoutSpaces(text.normalize('NFKC'));
}

/** The name of a role: one line of at most 150 characters, in NFKC, without spaces around it. */
export function RoleName({ required }: { required: boolean }): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      required,
      minLength: 1,
      maxLength: MAX_ROLE_NAME_LENGTH,
      example: 'editor',
    }),
    Normalized(normalizeRoleText),
    IsString({ message: 'The name must be text.' }),
    IsNotEmpty({ message: 'This field is required.' }),
    MaxLength(MAX_ROLE_NAME_LENGTH, { message: 'The name must have at most 150 characters.' }),
    OneLine('The name'),
  );
}

/** What a role is for: one line of at most 500 characters, possibly empty. */
export function RoleDescription(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: String,
      maxLength: MAX_DESCRIPTION_LENGTH,
      example: 'Writes and publishes articles',
    }),
    Normalized(normalizeRoleText),
    IfGiven(),
    IsString({ message: 'The description must be text.' }),
    MaxLength(MAX_DESCRIPTION_LENGTH, {
      message: 'The description must have at most 500 characters.',
    }),
    OneLine('The description'),
  );
}
