import { describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { IsBoolean, IsIn, IsNumber, IsOptional, IsString } from 'class-validator';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import type { AppError } from '../../src/http/app-error.js';
import { RequestValidationPipe } from '../../src/http/validation.pipe.js';
import { EMPTY_FORM } from '../../src/site/kit/forms.js';
import { HostInputs, hostValuesFrom } from '../../src/site/kit/host-fields.js';
import {
  HostFields,
  hostFieldsOf,
  UserField,
  useUserFields,
} from '../../src/users/user-field.decorator.js';

describe('a user field', () => {
  @HostFields('registration')
  class Registration {}
  @HostFields('profile')
  class Profile {}

  // After some of the forms, before others: the order in which files are loaded must not matter.
  class Person {
    @UserField({ schema: { type: String }, rules: [IsString()], registration: 'required' })
    city = 'Rome';

    @UserField({ schema: { type: String }, rules: [IsString()], owner: 'view' })
    badge = 'A1';

    @UserField({ schema: { type: String, nullable: true }, rules: [IsOptional(), IsString()] })
    motto: string | null = null;

    @UserField({ schema: { type: Number, title: 'Age in years' }, rules: [IsNumber()] })
    age = 0;

    @UserField({ schema: { type: Boolean }, rules: [IsBoolean()] })
    wantsNews = false;

    @UserField({ schema: { type: String, enum: ['red', 'blue'] }, rules: [IsIn(['red', 'blue'])] })
    colour = 'red';

    @UserField({ schema: { type: Number, enum: [1, 2, 3] }, rules: [IsIn([1, 2, 3])] })
    size = 2;

    @UserField({ schema: { type: Boolean, nullable: true }, rules: [IsOptional(), IsBoolean()] })
    smokes: boolean | null = null;

    @UserField({ schema: { type: String, format: 'date-time' }, rules: [] })
    seenAt: Date | null = null;

    @UserField({ schema: { type: [String] }, rules: [] })
    tags: string[] = [];
  }
  useUserFields(Person);

  @HostFields('creation')
  class Creation {}

  const pipe = new RequestValidationPipe();
  const read = (metatype: Type, value: object) => pipe.transform(value, { type: 'body', metatype });
  const findings = async (metatype: Type, value: object) => {
    const error: unknown = await read(metatype, value).catch((error: unknown) => error);
    return (error as AppError).errors.map(({ field, code }) => `${field} ${code}`);
  };

  it('can be required at registration, and is optional everywhere else', async () => {
    expect(await findings(Registration, {})).toEqual(['city required']);
    expect(await read(Registration, { city: 'Bern' })).toEqual({ city: 'Bern' });
    expect(await read(Profile, {})).toEqual({});
    expect(await read(Creation, {})).toEqual({});
  });

  it('can be shown to the owner and not changed', async () => {
    expect(await findings(Profile, { badge: 'B2' })).toEqual(['badge unknown_field']);
    expect(await read(Creation, { badge: 'B2' })).toEqual({ badge: 'B2' });
    expect(hostFieldsOf('account', new Person())).toMatchObject({ badge: 'A1' });
  });

  it('has an input of its kind in forms, and its value is of its type', async () => {
    const person = { ...new Person(), age: 40, motto: '<b>' };
    const html = render(h(HostInputs, { of: 'change', form: EMPTY_FORM, account: person }));
    expect(html).toContain('Age in years');
    expect(html).toMatch(/<input type="number"[^>]*name="age"[^>]*value="40"/);
    expect(html).toMatch(/<input type="checkbox"[^>]*name="wantsNews"/);
    expect(html).toMatch(/<select[^>]*name="colour".*<option value="red" selected>/);
    expect(html).toContain('value="&lt;b>"');
    expect(html).not.toContain('name="tags"');
    const typed = { city: '', motto: '', age: '41', wantsNews: 'on', colour: 'blue', tags: 'x' };
    const values = hostValuesFrom('profile', typed);
    expect(values).toEqual({ city: '', motto: null, age: 41, wantsNews: true, colour: 'blue' });
    expect(await read(Profile, values)).toEqual(values);
    expect(hostValuesFrom('profile', { age: 'old', colour: '' })).toEqual({
      age: 'old',
      wantsNews: false,
    });
    expect(await findings(Profile, hostValuesFrom('profile', { age: 'old' }))).toEqual([
      'age invalid_type',
    ]);
    expect(hostValuesFrom('registration', { city: '', badge: 'x' })).toEqual({});
    // What a form has shown and nobody has changed is not sent on.
    const shown = { 'shown.city': 'Rome', 'shown.wantsNews': 'on', 'shown.size': '2' };
    expect(
      hostValuesFrom('profile', { ...shown, city: 'Rome', wantsNews: 'on', size: '2' }),
    ).toEqual({});
    expect(hostValuesFrom('profile', { ...shown, city: 'Bern', size: '3' })).toEqual({
      city: 'Bern',
      wantsNews: false,
      size: 3,
    });
    expect(hostValuesFrom('profile', { smokes: '' })).toEqual({ wantsNews: false, smokes: null });
    expect(hostValuesFrom('profile', { smokes: 'no', age: '9007199254740993' })).toEqual({
      wantsNews: false,
      smokes: false,
      age: '9007199254740993',
    });
    const odd = { ...person, city: 'two\nlines', colour: 'green', smokes: null };
    const shownAgain = render(h(HostInputs, { of: 'change', form: EMPTY_FORM, account: odd }));
    expect(shownAgain).toMatch(/<textarea[^>]*name="city"/);
    expect(shownAgain).toMatch(/<option value="green" selected>/);
    expect(shownAgain).toMatch(/<select[^>]*name="smokes"/);
    expect(shownAgain).not.toContain('name="seenAt"');
  });

  it('can be emptied with null when a rule says so', async () => {
    expect(await read(Profile, { motto: null })).toEqual({ motto: null });
    expect(await findings(Profile, { city: null })).toEqual(['city invalid_type']);
  });
});
