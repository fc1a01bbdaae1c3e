import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Candidate, RegistrationRule } from '../../src/users/registration-rule.js';
import type { CustomPasswordRule } from '../../src/passwords/custom-password-rule.js';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
} from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { REDIRECT_URI, signInWith } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type Answer, type HttpClient, problem } from '../support/http.js';
import { Product } from '../support/product.js';
import { type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const { AppError } =
  await built<typeof import('../../src/http/app-error.js')>('src/http/app-error.js');
const { RegistrationRules } = await built<typeof import('../../src/users/registration-rules.js')>(
  'src/users/registration-rules.js',
);
const { CustomPasswordRules } = await built<
  typeof import('../../src/passwords/custom-password-rules.js')
>('src/passwords/custom-password-rules.js');
const { SuperusersService } = await built<typeof import('../../src/account/superusers.service.js')>(
  'src/account/superusers.service.js',
);
const { PasswordSettingService } = await built<
  typeof import('../../src/account/password-setting.service.js')
>('src/account/password-setting.service.js');
const { UsersService } = await built<typeof import('../../src/users/users.service.js')>(
  'src/users/users.service.js',
);
const { AddressesService } = await built<typeof import('../../src/users/addresses.service.js')>(
  'src/users/addresses.service.js',
);
const { DataSource } = await built<typeof import('typeorm')>('typeorm');

const MESSAGE = 'Use an address of ours.';
const FINDING = { field: 'email', code: 'foreign_address', message: MESSAGE };

/** Takes every address but those of foreign.example. */
class OursOnly implements RegistrationRule {
  readonly asked: Candidate[] = [];

  accept(candidate: Candidate) {
    this.asked.push(candidate);
    return candidate.email.endsWith('@foreign.example') ? [FINDING] : undefined;
  }
}

const foreign = () => `${newUsername()}@foreign.example`;

describe('the rules of a product', () => {
  let app: TestApp;
  let smtp: EmailServer;
  let provider: HostileProvider;
  let trusted: HostileProvider;
  let administrator: HttpClient;
  let administratorName: string;
  let rule: OursOnly;
  const rules = () => app.nest.get<object>(RegistrationRules, { strict: false });
  const follow = (one: RegistrationRule | undefined) => void Reflect.set(rules(), 'rule', one);
  const begin = () => follow((rule = new OursOnly()));
  beforeAll(async () => {
    smtp = await startEmailServer();
    [provider, trusted] = [await startHostileProvider(), await startHostileProvider()];
    app = await startApp({
      SMTP_URL: smtp.url,
      OIDC_REDIRECT_URIS: REDIRECT_URI,
      ...provider.variables('example'),
      ...trusted.variables('trusted'),
      OIDC_TRUSTED_TRUST_EMAIL: 'on',
    });
    const session = await superuserSession(app);
    administrator = session.http;
    administratorName = session.username;
    begin();
  });
  afterEach(() => begin());
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), trusted.close(), smtp.close()]);
  });

  const counts = async (email: string) =>
    (await app.database.sql('SELECT FROM users WHERE email_key = $1', [email])).length;
  const pageOf = async (username: string) => {
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    return visitor;
  };
  const errorsOf = (answer: Answer<unknown>) => problem(answer).errors;
  const signUp = (name: string, from: HostileProvider, claims: object) => async (email: string) => {
    const answer = await signInWith(app.http, name, from, {
      sub: newUsername(),
      email,
      ...claims,
    });
    expect(problem(answer)).toMatchObject({
      status: 403,
      code: 'registration_refused',
      detail: MESSAGE,
    });
  };

  /** Every way to an account or to another address, with an address that is refused. */
  const ways: Record<string, [Candidate['origin'], (email: string) => Promise<void>]> = {
    'registration by the API': [
      'registration',
      async (email) => {
        const body = { username: newUsername(), email, password: PASSWORD };
        expect(errorsOf(await app.http.post('/api/auth/register', body))).toEqual([FINDING]);
      },
    ],
    'registration on the page': [
      'registration',
      async (email) => {
        const form = { username: newUsername(), email, password: PASSWORD };
        const answer = await new Visitor(app.http).post('/accounts/register', {
          ...form,
          passwordConfirm: PASSWORD,
        });
        expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(MESSAGE)]);
      },
    ],
    'a provider that proves no address': [
      'provider',
      (email) => signUp('example', provider, {})(email),
    ],
    'a provider that proves the address': [
      'provider',
      (email) => signUp('trusted', trusted, { email_verified: true })(email),
    ],
    'an administrator who adds an account by the API': [
      'administrator',
      async (email) => {
        const answer = await administrator.post('/api/users', { username: newUsername(), email });
        expect(errorsOf(answer)).toEqual([FINDING]);
      },
    ],
    'an administrator who adds an account on the page': [
      'administrator',
      async (email) => {
        const visitor = await pageOf(administratorName);
        const answer = await visitor.post('/admin/users/add', { username: newUsername(), email });
        expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(MESSAGE)]);
      },
    ],
    'an administrator who changes an address by the API': [
      'administrator',
      async (email) => {
        const { id } = await register(app.http);
        rule.asked.length = 0;
        const answer = await administrator.patch(`/api/users/${id}`, { email });
        expect(errorsOf(answer)).toEqual([FINDING]);
        expect(rule.asked[0]).toMatchObject({ accountId: id });
      },
    ],
    'an administrator who changes an address on the page': [
      'administrator',
      async (email) => {
        const { id, username } = await register(app.http);
        rule.asked.length = 0;
        const visitor = await pageOf(administratorName);
        const answer = await visitor.post(`/admin/users/${id}`, { username, email });
        expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(MESSAGE)]);
      },
    ],
    'an owner who moves by the API': [
      'email_change',
      async (newEmail) => {
        const { http, user } = await newSession(app.http);
        rule.asked.length = 0;
        const body = { newEmail, currentPassword: PASSWORD };
        const answer = await http.post('/api/account/email/change', body);
        expect(errorsOf(answer)).toEqual([{ ...FINDING, field: 'newEmail' }]);
        expect(rule.asked[0]).toMatchObject({ accountId: user.id, username: user.username });
      },
    ],
    'an owner who moves on the page': [
      'email_change',
      async (email) => {
        const { username } = await register(app.http);
        rule.asked.length = 0;
        const visitor = await pageOf(username);
        const form = { email, currentPassword: PASSWORD };
        const answer = await visitor.post('/accounts/email/change', form);
        expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(MESSAGE)]);
      },
    ],
    'an operator': [
      'cli',
      async (email) => {
        const operators = app.nest.get(SuperusersService, { strict: false });
        const account = { username: newUsername(), email, password: PASSWORD };
        const options = { acceptWeakPassword: true };
        await expect(operators.create(account, options)).rejects.toMatchObject({
          errors: [FINDING],
        });
        expect(await operators.check(account)).toContainEqual(FINDING);
        expect(await operators.check(account, { skipRule: true })).toEqual([]);
      },
    ],
  };

  it.each(Object.entries(ways))('are asked by %s', async (_, [origin, attempt]) => {
    const email = foreign();
    await attempt(email);
    expect(rule.asked.length).toBeGreaterThan(0);
    for (const candidate of rule.asked) expect(candidate).toMatchObject({ origin, email });
    await app.database.settled();
    expect(await counts(email)).toBe(0);
    expect(smtp.unread(email)).toEqual([]);
  });

  it('let pass what they accept, with the provider and its claims', async () => {
    const sub = newUsername();
    const email = `${sub}@example.com`;
    const answer = await signInWith(app.http, 'example', provider, { sub, email });
    expect(answer.status).toBe(200);
    expect(rule.asked).toEqual([
      expect.objectContaining({
        origin: 'provider',
        accountId: null,
        provider: { name: 'example', claims: expect.objectContaining({ subject: sub }) },
      }),
    ]);
  });

  it('answer the same whether an address is unknown, claimed or proven', async () => {
    follow(undefined);
    const [unknown, claimed, proven] = [foreign(), foreign(), foreign()];
    await register(app.http, { username: newUsername(), email: claimed });
    const owner = await register(app.http, { username: newUsername(), email: proven });
    const token = await issueToken(app.database, 'prove_email', owner);
    await app.http
      .as((await signIn(app.http, owner.username)).accessToken)
      .post('/api/account/email/verify', { token });
    begin();
    const mover = await newSession(app.http);
    for (const email of [unknown, claimed, proven]) {
      const body = { username: newUsername(), email, password: PASSWORD };
      expect(errorsOf(await app.http.post('/api/auth/register', body))).toEqual([FINDING]);
      const move = { newEmail: email, currentPassword: PASSWORD };
      const moved = await mover.http.post('/api/account/email/change', move);
      expect(errorsOf(moved)).toEqual([{ ...FINDING, field: 'newEmail' }]);
    }
    // Not even that a username is taken is said before.
    const body = { username: owner.username, email: unknown, password: PASSWORD };
    expect(errorsOf(await app.http.post('/api/auth/register', body))).toEqual([FINDING]);
  });

  it('leave alone what changes no address, links that were sent, and the way back', async () => {
    follow(undefined);
    const email = foreign();
    const { id } = await register(app.http, { username: newUsername(), email });
    const session = await newSession(app.http);
    const old = session.user.email;
    const proof = tokenIn(await smtp.next(old, 'Confirm your email address'));
    await session.http.post('/api/account/email/verify', { token: proof });
    const newEmail = foreign();
    await session.http.post('/api/account/email/change', { newEmail, currentPassword: PASSWORD });
    const change = tokenIn(await smtp.next(newEmail));
    follow({ accept: () => [FINDING] });
    expect(
      (await administrator.patch(`/api/users/${id}`, { email, firstName: 'Ann' })).status,
    ).toBe(200);
    const link = tokenIn(await smtp.next(email, 'Confirm your email address'));
    const confirmed = await app.http.post('/api/account/email/verify/password', { token: link });
    expect(confirmed.status).toBe(200);
    expect((await session.http.post('/api/account/email/verify', { token: change })).status).toBe(
      204,
    );
    const undo = tokenIn(await smtp.next(old, 'Your email address was changed'));
    expect((await app.http.post('/api/account/email/undo', { token: undo })).status).toBe(204);
    expect(await counts(old)).toBe(1);
  });

  it('answer with the error that they throw', async () => {
    follow({
      accept: async () => {
        throw new AppError('conflict', { detail: 'The house is full.' });
      },
    });
    const username = newUsername();
    const body = { username, email: `${username}@example.com`, password: PASSWORD };
    const answer = await app.http.post('/api/auth/register', body);
    expect(problem(answer)).toMatchObject({ status: 409, detail: 'The house is full.' });
  });

  it('cannot be forgotten by the next way that writes an address', async () => {
    const user = await register(app.http);
    const users = app.nest.get(UsersService, { strict: false });
    const addresses = app.nest.get(AddressesService, { strict: false });
    const inTransaction = (write: (tx: never) => Promise<unknown>) =>
      app.nest.get(DataSource, { strict: false }).transaction((tx) => write(tx as never));
    const email = `${newUsername()}@example.com`;
    const found = (await users.findById(user.id))!;
    const sentence = 'Ask RegistrationRules.admit() before an address is written.';
    for (const write of [
      (tx: never) => users.create(tx, { username: newUsername(), email }, undefined as never),
      (tx: never) => users.updateUser(tx, found, { email }),
      (tx: never) => addresses.setProvenAddress(tx, found, email, new Date()),
    ]) {
      await expect(inTransaction(write)).rejects.toThrow(sentence);
    }
    const other = await app.nest
      .get(RegistrationRules, { strict: false })
      .admit({ origin: 'backend', email: 'other@example.com' });
    await expect(
      inTransaction((tx) => users.create(tx, { username: newUsername(), email }, other)),
    ).rejects.toThrow('The rule of the product was asked about another address.');
  });

  describe('for passwords', () => {
    const NEW = 'a passphrase with a winter in it';
    const REFUSED = { code: 'password_refused', message: 'No winter.' };
    const set = (list: CustomPasswordRule[]) =>
      void Reflect.set(app.nest.get<object>(CustomPasswordRules, { strict: false }), 'rules', list);
    beforeAll(() =>
      set([
        {
          refusalOf: async (password) => (password.includes('winter') ? 'No winter.' : undefined),
        },
      ]),
    );
    afterAll(() => set([]));

    const choices: Record<string, () => Promise<unknown>> = {
      registration: async () => {
        const username = newUsername();
        const body = { username, email: `${username}@example.com`, password: NEW };
        return errorsOf(await app.http.post('/api/auth/register', body));
      },
      'a change': async () => {
        const { http } = await newSession(app.http);
        const body = { currentPassword: PASSWORD, newPassword: NEW };
        return errorsOf(await http.post('/api/account/password/change', body));
      },
      'a reset': async () => {
        const token = await issueToken(app.database, 'reset_password', await register(app.http));
        const body = { token, newPassword: NEW };
        return errorsOf(await app.http.post('/api/account/password/reset/confirm', body));
      },
      'an invitation': async () => {
        const account = await register(app.http);
        const token = await issueToken(app.database, 'accept_invitation', account);
        const body = { token, newPassword: NEW };
        return errorsOf(await app.http.post('/api/account/password/reset/confirm', body));
      },
      createsuperuser: async () => {
        const username = newUsername();
        const account = { username, email: `${username}@example.com`, password: NEW };
        const operators = app.nest.get(SuperusersService, { strict: false });
        const refused = operators.create(account, { acceptWeakPassword: false });
        return refused.then(
          () => [],
          ({ errors }: { errors: unknown }) => errors,
        );
      },
      changepassword: async () => {
        const { id } = await register(app.http);
        const user = await app.nest.get(UsersService, { strict: false }).findById(id);
        return app.nest
          .get(PasswordSettingService, { strict: false })
          .check(user!, NEW, 'newPassword');
      },
    };
    it.each(Object.entries(choices))('are asked by %s', async (_, choose) => {
      expect(await choose()).toEqual([{ ...REFUSED, field: expect.stringMatching(/assword$/) }]);
    });

    it('are shown at the field of a page', async () => {
      const { username } = await register(app.http);
      const visitor = await pageOf(username);
      const answer = await visitor.post('/accounts/password/change', {
        currentPassword: PASSWORD,
        password: NEW,
        passwordConfirm: NEW,
      });
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('No winter.')]);
    });

    it('are not asked about passwords that break the policy', async () => {
      let count = 0;
      set([{ refusalOf: () => void count++ }]);
      const { http } = await newSession(app.http);
      const before = count;
      const body = { currentPassword: PASSWORD, newPassword: '12345678' };
      expect(errorsOf(await http.post('/api/account/password/change', body))).not.toEqual([]);
      expect(count).toBe(before);
    });
  });
});

describe('rules that cannot be asked', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create();
  });
  afterAll(() => product.remove());

  it.each([
    [
      'a class without its method',
      'registration: class Wrong {}',
      'Wrong of GatehouseModule.forRoot({ registration }) has no method accept().',
    ],
    [
      'a rule for passwords that is neither',
      `passwordRules: ['no winter']`,
      'An entry of GatehouseModule.forRoot({ passwordRules }) is neither a function nor a class.',
    ],
  ])('stop the start: %s', async (_, option, sentence) => {
    await product.write({
      'src/app.module.ts': `
        import { Module } from '@nestjs/common';
        import { GatehouseModule } from 'gatehouse';
        @Module({ imports: [GatehouseModule.forRoot({ root: import.meta.dirname, ${option} })] })
        export class AppModule {}`,
    });
    const { code, output } = await product.failToStart();
    expect(output).toContain(sentence);
    expect(output).not.toContain('    at ');
    expect(code).toBe(1);
  });

  it('stop the start: a class whose services are elsewhere', async () => {
    await product.write({
      'src/app.module.ts': `
        import { Injectable, Module } from '@nestjs/common';
        import { GatehouseModule } from 'gatehouse';
        @Injectable() class Guests {}
        @Injectable() class GuestsOnly { constructor(guests: Guests) {} accept() {} }
        @Module({
          imports: [GatehouseModule.forRoot({ root: import.meta.dirname, registration: GuestsOnly })],
          providers: [Guests],
        })
        export class AppModule {}`,
    });
    const { code, output } = await product.failToStart();
    expect(output).toContain(
      'GuestsOnly of GatehouseModule.forRoot({ registration }) cannot be made here. Add it to the providers of the module that has what it injects.',
    );
    expect(code).toBe(1);
  });
});
