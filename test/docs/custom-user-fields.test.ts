import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, PASSWORD, register } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { type HttpClient, problem } from '../support/http.js';
import { filesOfPage, kinds } from '../support/doc-page.js';
import { eventually, ROOT } from '../support/process.js';
import { Product } from '../support/product.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';
import { Visitor } from '../support/visitor.js';

const PAGE = 'docs/custom-user-fields.md';
const TEXT = readFileSync(join(ROOT, PAGE), 'utf8');
const [SETUP, TOUR] = TEXT.split('\n## Try it\n') as [string, string];

interface OpenApi {
  components: {
    schemas: Record<string, { properties?: Record<string, object>; required?: string[] }>;
  };
}

describe('the product of docs/custom-user-fields.md', () => {
  let product: Product;
  let http: HttpClient;
  let superuser: HttpClient;
  let migration: string;
  beforeAll(writeDeclarations, 60_000);
  beforeAll(async () => {
    product = await Product.create(filesOfPage(PAGE));
    const [, words] = /^npx gatehouse (migration:generate .*)$/m.exec(SETUP)!;
    const written = await product.runCommand(...words!.split(' '));
    expect(written).toMatchObject({ code: 0 });
    const [file] = readdirSync(join(product.folder, 'migrations'));
    migration = readFileSync(join(product.folder, 'migrations', file!), 'utf8');
    await product.write({ [`migrations/${file}`]: migration });
    ({ http } = await product.start({ SWAGGER: 'on' }));
    superuser = (await superuserSession({ http, database: product.database })).http;
  }, 60_000);
  afterAll(() => product.remove());

  const registered = (fields: object) =>
    http.post('/api/auth/register', {
      username: newUsername(),
      email: 'x@example.com',
      password: PASSWORD,
      ...fields,
    });
  const TAKEN = [
    {
      field: 'memberNumber',
      code: 'taken',
      message: 'This value is already in use. Choose another one.',
    },
  ];
  let number = 1000;
  const newNumber = () => `M-${++number}`;

  it('gets a migration with its columns alone', () => {
    expect(migration.match(/ADD "\w+"/g)).toEqual([
      'ADD "phone"',
      'ADD "notes"',
      'ADD "member_number"',
    ]);
    expect(migration).not.toMatch(/CREATE|INDEX|ALTER TABLE "(?!users")/);
  });

  it('answers as the page shows', async () => {
    const blocks = [...TOUR.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
    const commands = blocks.filter(([, language]) => language === 'sh').map(([, , code]) => code);
    const script = commands.map((code) => `${code}\nprintf '\\0'`).join('\n');
    const { stdout } = await promisify(execFile)('bash', [
      '-euo',
      'pipefail',
      '-c',
      script.replaceAll('http://localhost:3000', http.url),
    ]);
    const outputs = stdout.split('\0').filter((text) => text.trim() !== '');
    const shown = blocks.filter(([, language]) => language === 'json').map(([, , code]) => code!);
    expect(outputs.map(kinds)).toEqual(shown.map(kinds));
  });

  it('compiles, and adds the columns to the types of the user', async () => {
    const errors = await TypedProduct.check({
      ...filesOfPage(PAGE),
      'src/members.service.ts': `
        import { Injectable } from '@nestjs/common';
        import { InjectRepository } from '@nestjs/typeorm';
        import { User, UsersService } from 'gatehouse';
        import { DataSource, Repository } from 'typeorm';

        @Injectable()
        export class MembersService {
          constructor(
            @InjectRepository(User) private readonly users: Repository<User>,
            private readonly accounts: UsersService,
            private readonly dataSource: DataSource,
          ) {}

          async phoneOf(memberNumber: string): Promise<string | undefined> {
            const [user] = await this.users.findBy({ memberNumber });
            return (await this.accounts.findById(user!.id))?.phone.trim();
          }

          async rename(id: string): Promise<string | null> {
            return this.dataSource.transaction(async (tx) => {
              const user = await this.accounts.lockUser(tx, id);
              const after = await this.accounts.updateUser(tx, user!, { phone: '1' });
              return after.memberNumber;
            });
          }
        }
        export const wrong = (user: User): number => user.phone;`,
    });
    expect(errors).toEqual([
      expect.stringMatching(/^src\/members\.service\.ts\(\d+,\d+\): error TS2322/),
    ]);
  }, 60_000);

  it('refuses a member number that another account has, with the finding of the page', async () => {
    const [, shown] = /```json\n([^`]*"taken"[^`]*)```/.exec(SETUP)!;
    const memberNumber = newNumber();
    expect((await registered({ memberNumber })).status).toBe(201);
    const twice = await registered({ memberNumber });
    expect([twice.status, problem(twice).code]).toEqual([422, 'validation_failed']);
    expect({ errors: problem(twice).errors }).toEqual(JSON.parse(shown!));
    const [owner, { id }] = [await newSession(http), await register(http)];
    for (const answer of [
      await owner.http.patch('/api/users/me', { memberNumber }),
      await superuser.patch(`/api/users/${id}`, { memberNumber }),
      await superuser.post('/api/users', {
        username: newUsername(),
        email: 'y@example.com',
        memberNumber,
      }),
    ]) {
      expect([answer.status, problem(answer).errors]).toEqual([422, TAKEN]);
    }
    expect((await owner.http.patch('/api/users/me', { memberNumber: null })).status).toBe(200);
    expect((await registered({})).status).toBe(201);
    // A username that is taken is still what it was.
    const { username } = owner;
    expect((await registered({ username, memberNumber: newNumber() })).status).toBe(409);
  });

  it('gives a number to one of many requests that come at once', async () => {
    const memberNumber = newNumber();
    const answers = await Promise.all(
      Array.from({ length: 14 }, () => registered({ memberNumber })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 13 }, () => 422),
    ]);
    const owners = await Promise.all([1, 2, 3].map(() => newSession(http)));
    const next = newNumber();
    const changes = await Promise.all(
      owners.map((owner) => owner.http.patch('/api/users/me', { memberNumber: next })),
    );
    expect(changes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422, 422]);
  });

  it('shows the same at the field of every form', async () => {
    const memberNumber = newNumber();
    expect((await registered({ memberNumber })).status).toBe(201);
    const says = /id="memberNumber-errors"[^>]*><div>This value is already in use/;
    const fields = { email: 'a@example.com', password: PASSWORD, passwordConfirm: PASSWORD };
    const username = newUsername();
    const visitor = new Visitor(http);
    const refused = await visitor.post('/accounts/register', { ...fields, username, memberNumber });
    expect([refused.status, says.test(refused.text)]).toEqual([422, true]);
    expect(refused.text).toContain(`value="${memberNumber}"`);
    expect((await visitor.post('/accounts/register', { ...fields, username })).status).toBe(303);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    const profile = await visitor.post('/accounts/profile', { memberNumber });
    expect([profile.status, says.test(profile.text)]).toEqual([422, true]);

    const { user } = await newSession(http);
    await product.database.sql('UPDATE users SET is_superuser = true WHERE username = $1', [
      username,
    ]);
    const path = `/admin/users/${user.id}`;
    const changed = await visitor.post(path, { username: user.username, memberNumber });
    expect([changed.status, says.test(changed.text)]).toEqual([422, true]);
  });

  it('lets owners see and change the phone, and not even see the notes', async () => {
    const { http: owner, user, username } = await newSession(http);
    expect(user).toMatchObject({ phone: '' });
    for (const answer of [
      await owner.patch('/api/users/me', { phone: '020 7946 0958' }),
      await owner.get('/api/users/me'),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.body.phone).toBe('020 7946 0958');
      expect(answer.body).not.toHaveProperty('notes');
    }
    for (const phone of ['call me', '0'.repeat(31), 1, null]) {
      const answers = [
        await owner.patch('/api/users/me', { phone }),
        await superuser.patch(`/api/users/${user.id}`, { phone }),
        await http.post('/api/auth/register', {
          username: newUsername(),
          email: 'x@example.com',
          password: PASSWORD,
          phone,
        }),
      ];
      for (const answer of answers) {
        expect(answer.status).toBe(422);
        expect(problem(answer).errors.map(({ field }) => field)).toContain('phone');
      }
    }
    const wrongs = [
      await owner.patch('/api/users/me', { notes: 'mine' }),
      await http.post('/api/auth/register', {
        username: newUsername(),
        email: 'x@example.com',
        password: PASSWORD,
        notes: 'mine',
      }),
    ];
    for (const wrong of wrongs) {
      expect(wrong.status).toBe(422);
      expect(problem(wrong).errors).toMatchObject([{ field: 'notes', code: 'unknown_field' }]);
    }
    const { body: list } = await superuser.get(`/api/users?search=${username}`);
    expect(list.items).toMatchObject([{ phone: '020 7946 0958', notes: '' }]);
  });

  it('lets administrators see and change both, and tells it', async () => {
    const created = await superuser.post('/api/users', {
      username: newUsername(),
      email: 'new@example.com',
      phone: '1',
      notes: 'new',
    });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ phone: '1', notes: 'new' });
    const { id } = await register(http);
    const changed = await superuser.patch(`/api/users/${id}`, { phone: '2', notes: 'changed' });
    expect(changed.body).toMatchObject({ phone: '2', notes: 'changed' });
    expect((await superuser.get(`/api/users/${id}`)).body).toEqual(changed.body);
    const { body: trail } = await superuser.get(
      `/api/audit-events?subjectId=${id}&action=user.updated`,
    );
    expect(trail.items).toMatchObject([
      { changes: { phone: { old: '', new: '2' }, notes: { old: '', new: 'changed' } } },
    ]);
  });

  it('finds them in the pages as well: registration, profile and administration', async () => {
    const username = newUsername();
    const visitor = new Visitor(http);
    const { text: form } = await visitor.get('/accounts/register');
    expect(form).toMatch(/<input[^>]*maxlength="30"[^>]*name="phone"/);
    expect(form).not.toContain('name="notes"');
    const fields = { username, email: 'a@example.com', password: PASSWORD };
    const repeated = { ...fields, passwordConfirm: PASSWORD };
    const wrong = await visitor.post('/accounts/register', { ...repeated, phone: 'call me' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('Write digits and spaces only.');
    expect(wrong.text).toContain('value="call me"');
    expect((await visitor.post('/accounts/register', { ...repeated, phone: '1' })).status).toBe(
      303,
    );
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    expect((await visitor.get('/accounts/profile')).text).toMatch(/name="phone"[^>]*value="1"/);
    await product.database.sql(`UPDATE users SET phone = '1 1' WHERE username = $1`, [username]);
    await eventually(
      async () => /value="1 1"/.test((await visitor.get('/accounts/profile')).text),
      'the profile shows what was changed by hand',
    );
    await visitor.post('/accounts/profile', { firstName: 'Eve', phone: '2', notes: 'mine' });
    expect((await visitor.get('/accounts/profile')).text).toMatch(/name="phone"[^>]*value="2"/);
    const { body } = await superuser.get<{ items: { id: string }[] }>(
      `/api/users?search=${username}`,
    );
    expect(body.items).toMatchObject([{ firstName: 'Eve', phone: '2', notes: '' }]);

    const admin = new Visitor(http);
    const { username: boss } = await superuserSession({ http, database: product.database });
    await admin.post('/accounts/login', { username: boss, password: PASSWORD });
    const path = `/admin/users/${body.items[0]!.id}`;
    const { text } = await admin.get(path);
    expect(text).toMatch(/name="phone"[^>]*value="2"/);
    expect(text).toMatch(/<textarea[^>]*name="notes"/);
    await admin.post(path, { username, phone: '', notes: 'Is always right' });
    const { body: after } = await superuser.get(path.replace('/admin', '/api'));
    expect(after).toMatchObject({ phone: '', notes: 'Is always right', firstName: 'Eve' });
  });

  it('has them in OpenAPI', async () => {
    const { schemas } = (await http.get<OpenApi>('/docs/openapi.json')).body.components;
    const withField = (name: string) =>
      Object.keys(schemas).filter((schema) => schemas[schema]!.properties?.[name]);
    const everywhere = ['UserDto', 'CreateUserDto', 'ChangeUserDto'];
    expect(withField('notes').toSorted()).toEqual(everywhere.toSorted());
    expect(withField('phone').toSorted()).toEqual(
      [...everywhere, 'AccountDto', 'RegisterDto', 'UpdateMeDto'].toSorted(),
    );
    expect(schemas.RegisterDto!.required).not.toContain('phone');
    expect(schemas.AccountDto!.required).toContain('phone');
    expect(schemas.RegisterDto!.properties!.phone).toMatchObject({
      type: 'string',
      maxLength: 30,
      example: '+44 20 7946 0958',
    });
    expect(schemas.AccountDto!.properties!.memberNumber).toMatchObject({ nullable: true });
  });

  it('creates superusers, whose fields are empty', async () => {
    const words = [
      'createsuperuser',
      '--noinput',
      '--username',
      'boss',
      '--email',
      'boss@example.com',
    ];
    const made = await product.runCommandWith({ SUPERUSER_PASSWORD: PASSWORD }, ...words);
    expect(made).toMatchObject({
      code: 0,
      output: expect.stringContaining('Superuser boss was created.'),
    });
    expect((await product.runCommand('users', 'list', '--search', 'boss')).output).toContain(
      'boss',
    );
  });
});
