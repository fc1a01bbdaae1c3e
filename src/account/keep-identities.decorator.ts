import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsUUID } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';

const MAX_IDENTITIES = 100;

/** Which connected identities stay. All others are removed, and ids of none are ignored. */
export function KeepIdentities(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: [String],
      format: 'uuid',
      required: false,
      maxItems: MAX_IDENTITIES,
      description:
        'The ids of the connected identities that stay. All others are removed; without this field, all are.',
    }),
    IfGiven(),
    IsArray({ message: 'This must be a list of ids.' }),
    ArrayMaxSize(MAX_IDENTITIES, {
      message: `This must be a list of at most ${MAX_IDENTITIES} ids.`,
    }),
    IsUUID('all', { each: true, message: 'Each id must be a UUID.' }),
  );
}
