import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString, Matches, MaxLength } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';
import { Normalized } from '../http/normalized.decorator.js';
import { OneLine } from '../http/one-line.decorator.js';
import { withoutSpaces } from '../common/text.js';
import { PROVIDER_NAME } from './identity-providers.service.js';

interface Options {
  required: boolean;
}

/** What a provider is called in addresses. */
export function ProviderName(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      minLength: 1,
      maxLength: 30,
      example: 'google',
      description:
        'What stands in addresses; it stays. google, microsoft and github are known by their name.',
    }),
    Normalized((name) => withoutSpaces(name.normalize('NFKC')).toLowerCase()),
    IsString({ message: 'The name must be text.' }),
    Matches(PROVIDER_NAME, {
      message: 'The name must be at most 30 letters and digits in lower case, with dashes between.',
    }),
  );
}

/** One line about a provider. */
export function ProviderText(
  { required }: Options,
  maxLength: number,
  example: string,
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, required, minLength: 1, maxLength, example }),
    Normalized(withoutSpaces),
    ...(required ? [] : [IfGiven()]),
    IsString({ message: 'This must be text.' }),
    IsNotEmpty({ message: 'This field is required.' }),
    MaxLength(maxLength, { message: `This must have at most ${maxLength} characters.` }),
    OneLine(),
  );
}
