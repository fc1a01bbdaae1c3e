import { describe, expect, it } from '@jest/globals';
import { dictionary } from '@zxcvbn-ts/language-common';
import type { AppConfig } from '../platform/config/app-config.js';
import { brokenRules, type UserAttributes } from './password-policy.js';
import { policyOptions } from './policy-options.js';

const SITE = policyOptions(
  {
    passwordMinLength: 8,
    publicUrl: 'https://accounts.northwind-traders.example:8443',
  } as AppConfig,
  'Gatehouse',
);

const codes = (password: string, user: UserAttributes = {}, minLength = 8) =>
  brokenRules(password, user, { ...SITE, minLength }).map(({ code }) => code);

/** Numbers from 0 to 1 that look random and are the same in every run (mulberry32). */
function* numbers(seed: number): Generator<number, never> {
  for (;;) {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

// The cases of Django's tests/auth_tests/test_validators.py, but for its own list of common passwords.
describe('the password policy', () => {
  it('counts code points [ASVS 6.2.1]', () => {
    expect(codes('😀😺🙈🚀🌵🍋🎲')).toEqual(['password_too_short']);
    expect(codes('😀😺🙈🚀🌵🍋🎲🔑')).toEqual([]);
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
    const [broken] = brokenRules(password, testuser, SITE);
    expect(broken).toEqual({
      code: 'password_too_similar',
      message: `The password is too similar to the ${name}.`,
    });
  });

  it('compares with first and last name and their parts [ASVS 6.2.11]', () => {
    expect(codes('wilhelmina1', { firstName: 'Anna Wilhelmina' })).toEqual([
      'password_too_similar',
    ]);
    expect(codes('o’neill-7neill-at-sea', { lastName: 'O’Neill' })).toEqual([]);
    expect(codes('margareth!', { lastName: 'margareth' })).toEqual(['password_too_similar']);
  });

  it('lets a password be that only contains a much shorter name', () => {
    expect(codes('correct ann horse battery', { username: 'ann' })).toEqual([]);
    expect(codes('correct anna horse battery', { username: 'anna' })).toEqual([]);
  });

  it.each([
    ...'gatehouse2026 Gatehouse1 GATEHOUSE!! g4t3h0us3 G@teh0use#1 2026gatehouse'.split(' '),
    ...'gatehouse-admin admin@gatehouse gate-house-2026 my.gatehouse Gatehousegatehouse'.split(' '),
    ...'Gatehouse-P@ssw0rd1 gatehouse12345678 northwind2026 Northwind-Traders!'.split(' '),
    ...'northwindtraders1 accounts2026! n0rthw1nd northwind@gatehouse.1'.split(' '),
    'accounts.northwind-traders.example',
    'Gate House 2026',
    'ｇａｔｅｈｏｕｓｅ１',
    'gate\u200Bhouse\u30002026',
  ])('refuses %s, made of the name of the site or its address [ASVS 6.2.11]', (password) => {
    expect(codes(password)).toContain('password_too_similar');
  });

  it.each([
    'b4rtholom3w1',
    '2026.Bartholomew!',
    'BartholomewKowalczyk',
    'kowalczyk@gatehouse',
    'bart-holo-mew-99',
    'B\u00E4rtholomew77',
    'bartholomewbartholomew9',
  ])('refuses %s, made of the words of the account [ASVS 6.2.11]', (password) => {
    const user = { firstName: 'Bartholomew', lastName: 'Kowalczyk' };
    expect(codes(password, user)).toContain('password_too_similar');
  });

  it.each([
    ...'P@ssw0rd1 Passw0rd! pa$$word2026 p455w0rd password123! Password2026!! 123password'.split(
      ' ',
    ),
    ...'pass-word-1 p.a.s.s.w.o.r.d pass123word passwordpassword1 P@$$w0rd1985'.split(' '),
    ...'admin1234! 4dm1n12345 letmein2026 l3tm31n!! 1etmein99 Let-Me-In-2026 welcome2026#1'.split(
      ' ',
    ),
    ...'Summer2026! monkey4711 dragon847291 football#1 ILoveYou2! $unshine7 trustno1!'.split(' '),
    ...'password19121985 password99999999 letmein!!!!!!!!!!!!!!!! princess<3<3'.split(' '),
    'pässwörd1',
    'ｐａｓｓｗｏｒｄ１',
    'pass\u200Bword\u00AD1',
    ' password1 ',
  ])('refuses %s, a common word with something around or in it [A12] [ASVS 6.2.4]', (password) => {
    expect(codes(password)).toContain('password_too_common');
  });

  it.each([
    ...'aaaaaaaab abcdefghij qwertzuiop 12345678a abcd1234! qwerty123 asdf1234 zyxwvuts1'.split(
      ' ',
    ),
    ...'aabbccddee aaaabbbbcccc abcabcabc1 testtest k9k9k9k9 xyxyxyxyxy 1qaz2wsx3edc'.split(' '),
    ...'azertyuiop1 !@#$%^&*() mnbvcxzlkj 987654321z abcxyz789 qazwsxedc1'.split(' '),
    'a'.repeat(60),
    ' '.repeat(12),
    '😀'.repeat(8),
  ])('refuses %j, a sequence or a repetition [ASVS 6.2.4]', (password) => {
    expect(codes(password)).toContain('password_too_common');
  });

  it.each(['\u200B', '\u3164', '\uFE0F', '\u2060', '\u00AD', '\u{E0061}', '\u0000', '\u115F'])(
    'counts only what can be seen: not %j',
    (invisible) => {
      expect(codes(`${invisible}k${invisible}9x?2vu${invisible.repeat(20)}`)).toEqual([
        'password_too_short',
      ]);
      expect(codes(invisible.repeat(20))).toContain('password_too_short');
      expect(codes(`8472${invisible}9105738`)).toEqual(['password_entirely_numeric']);
    },
  );

  it('counts a letter and its accent as one, however they are typed', () => {
    expect(codes('e\u0301a\u0300o\u0302u\u0308')).toEqual(['password_too_short']);
  });

  it.each([
    'correct horse battery staple',
    'maple-river-93-lantern',
    'correcthorse-gatehouse-battery',
    'I keep 3 goats near the gatehouse',
    'my password is a long one',
    'Tr0ub4dor&3-plus-more',
    'zq8#vLm2',
    'Zq4 '.repeat(16),
    'horse84729105',
    'Rhabarberbarbara',
    'ключ от старого дома',
    '正確な馬の電池の主要な',
  ])('lets %s be', (password) => {
    const user = { username: 'ann', email: 'ann@mail.example', lastName: 'Lee' };
    expect(codes(password, user)).toEqual([]);
  });

  describe('refuses, of a thousand good passwords,', () => {
    const random = numbers(15);
    const oneOf = <T>(items: ArrayLike<T>) =>
      items[Math.floor(random.next().value * items.length)]!;
    const times = <T>(count: number, make: (i: number) => T) =>
      Array.from({ length: count }, (_, i) => make(i));
    const visible = times(94, (i) => String.fromCharCode(33 + i));
    const characters = (count: number, of: ArrayLike<string> = visible) =>
      times(count, () => oneOf(of)).join('');
    const words = (count: number) => times(count, () => oneOf(dictionary['diceware-common']));
    const user = { username: 'kowalczyk', firstName: 'Jane', email: 'jk@mail.example' };

    it.each<[string, number, () => string]>([
      ['of 8 random characters', 4, () => characters(8)],
      ['of 12 random characters', 0, () => characters(12)],
      ['of 10 random letters', 4, () => characters(10, 'abcdefghijklmnopqrstuvwxyz')],
      ['of four words', 0, () => words(4).join(' ')],
      ['of three words and a digit', 0, () => words(3).join('-') + characters(1, '0123456789')],
      ['of two words', 2, () => words(2).join('-')],
    ])('%s: at most %d', (_, most, make) => {
      const refused = times(1_000, make).filter((password) =>
        codes(password, user).some((code) => code !== 'password_too_short'),
      );
      expect(refused.slice(most)).toEqual([]);
    });
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
