import { describe, expect, it } from '@jest/globals';
import { dictionary } from '@zxcvbn-ts/language-common';
import { brokenRules, type UserAttributes } from './password-policy.js';

const codes = (password: string, user: UserAttributes = {}, minLength = 8) =>
  brokenRules(password, user, { minLength }).map(({ code }) => code);

// The cases of Django's tests/auth_tests/test_validators.py, but for its own list of common passwords.
describe('the password policy', () => {
  it('counts code points [ASVS 6.2.1]', () => {
    expect(codes('😀'.repeat(7))).toEqual(['password_too_short']);
    expect(codes('😀'.repeat(8))).toEqual([]);
    expect(codes('zqwx yv k', {}, 15)).toEqual(['password_too_short']);
  });

  const testuser = {
    username: 'testclient',
    email: 'testclient@example.com',
    firstName: 'Test',
    lastName: 'Client',
  };
  it.each([
    ['testclient', 'username'],
    ['example.com', 'email address'],
    ['TestClient1', 'username'],
  ])('refuses %s, too similar to the %s [ASVS 6.2.11]', (password, name) => {
    const [broken] = brokenRules(password, testuser, { minLength: 8 });
    expect(broken).toEqual({
      code: 'password_too_similar',
      message: `The password is too similar to the ${name}.`,
    });
  });

  it('compares with first and last name and their parts [ASVS 6.2.11]', () => {
    expect(codes('wilhelmina1', { firstName: 'Anna Wilhelmina' })).toEqual([
      'password_too_similar',
    ]);
    expect(codes('o’neill-7neill', { lastName: 'O’Neill' })).toEqual([]);
    expect(codes('margareth!', { lastName: 'margareth' })).toEqual(['password_too_similar']);
  });

  it('lets a password be that only contains a much shorter name', () => {
    expect(codes('correct ann horse battery', { username: 'ann' })).toEqual([]);
    expect(codes('a'.repeat(60), { username: 'aaaaaa' })).toEqual([]);
  });

  it('knows at least 19,000 common passwords, in any case [A12] [ASVS 6.2.4]', () => {
    expect(new Set(dictionary['passwords-common']).size).toBeGreaterThan(19_000);
    expect(codes('PassWord1')).toEqual(['password_too_common']);
    const [long, ...more] = dictionary['passwords-common'].filter(({ length }) => length >= 8);
    for (const password of [long!, ...more.slice(0, 3_000)]) {
      expect(codes(password)).toContain('password_too_common');
    }
  });

  it('refuses digits of any script', () => {
    expect(codes('84729105738')).toEqual(['password_entirely_numeric']);
    expect(codes('٨٤٧٢٩١٠٥')).toEqual(['password_entirely_numeric']);
    expect(codes('84729105738x')).toEqual([]);
  });
});
