import { describe, expect, it } from '@jest/globals';
import { IsString } from 'class-validator';
import type { AppError } from '../http/app-error.js';
import { RequestValidationPipe } from '../http/validation.pipe.js';
import { HostFields, UserField, useUserFields } from './user-field.decorator.js';

@HostFields('profile')
class ProfileDto {}

class Person {}
const field = (name: string, maxLength?: number) =>
  UserField({
    schema: { type: String, nullable: true, ...(maxLength && { maxLength }) },
    rules: [IsString()],
  })(Person.prototype, name);
field('nickname');
field('motto', 200);
field('story', 201);
useUserFields(Person);

describe('text in a field of a host', () => {
  const refused = async (value: object) => {
    const checked = new RequestValidationPipe().transform(value, {
      type: 'body',
      metatype: ProfileDto,
    });
    return checked.then(
      () => [],
      (error: AppError) => error.errors.map((one) => one.field),
    );
  };

  it('of one line has nothing that nobody sees', async () => {
    for (const odd of ['\u202E', '\u200B', '\u3164', '\0', '\u2028']) {
      expect(await refused({ nickname: `a${odd}` })).toEqual(['nickname']);
      expect(await refused({ motto: `a${odd}b` })).toEqual(['motto']);
    }
    expect(await refused({ nickname: 'Ann', motto: 'Caf\u00E9 \u2764\uFE0F' })).toEqual([]);
  });

  it('of several lines is left to the rules of the host', async () => {
    expect(await refused({ story: 'one\ntwo' })).toEqual([]);
  });
});
