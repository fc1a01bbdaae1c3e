import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';
import { EachNormalized } from '../http/normalized.decorator.js';
import { OneLine } from '../http/one-line.decorator.js';
import { withoutSpaces } from '../common/text.js';
import { normalizeRoleText } from './role-fields.decorators.js';

const MAX_ITEMS = 1_000;

interface Options {
  required: boolean;
}

/** A list of role names. Which of them exist is checked where they are given. */
export function RoleNameList(options: Options): PropertyDecorator {
  return ListOfNames(options, 150, ['editor'], normalizeRoleText);
}

/** A list of codenames of permissions. Which of them exist is checked where they are granted. */
export function CodenameList(options: Options): PropertyDecorator {
  return ListOfNames(options, 100, ['articles.publish'], withoutSpaces);
}

function ListOfNames(
  { required }: Options,
  maxLength: number,
  example: string[],
  normalize: (name: string) => string,
) {
  return applyDecorators(
    ApiProperty({
      type: 'array',
      items: { type: 'string', maxLength },
      required,
      maxItems: MAX_ITEMS,
      example,
    }),
    EachNormalized(normalize),
    ...(required ? [] : [IfGiven()]),
    IsArray({ message: 'This must be a list of names.' }),
    ArrayMaxSize(MAX_ITEMS, { message: `This must be a list of at most ${MAX_ITEMS} names.` }),
    IsString({ each: true, message: 'Each name must be text.' }),
    MaxLength(maxLength, { each: true, message: `A name has at most ${maxLength} characters.` }),
    OneLine('Each name', { each: true }),
  );
}
