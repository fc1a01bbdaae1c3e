import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';

const PLACES = ['body', 'cookie'] as const;

/** Where an answer puts the refresh token. */
export type RefreshTokenPlace = (typeof PLACES)[number];

/** The field of a sign-in that chooses where its answer puts the refresh token. */
export function RefreshTokenIn(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      enum: PLACES,
      required: false,
      default: 'body',
      description:
        'Where the refresh token goes: `cookie` is for applications in the browser, on the same site. Their scripts cannot read it.',
    }),
    IfGiven(),
    IsIn(PLACES, { message: 'This must be body or cookie.' }),
  );
}
