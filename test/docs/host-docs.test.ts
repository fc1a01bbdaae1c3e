import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsNumber, IsOptional, IsString } from 'class-validator';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import type { AppError } from '../../src/http/app-error.js';
import { RequestValidationPipe } from '../../src/http/validation.pipe.js';
import {
  HostFields,
  hostFieldsOf,
  UserField,
  useUserFields,
} from '../../src/users/user-field.decorator.js';
import { EMPTY_FORM } from '../../src/site/kit/forms.js';
import { HostInputs, hostValuesFrom } from '../../src/site/kit/host-fields.js';
import { newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { type Block, HostProject, readPage } from '../support/host-project.js';
import { type HttpClient, problem } from '../support/http.js';
import { eventually, freePort } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

interface Article {
  id: string;
  title: string;
  isPublished: boolean;
  authorId: string;
}

const EDITED =
  'migrations scripts src/articles src/directory src/platform/config src/app.module.ts .dependency-cruiser.cjs';

const modulePage = readPage('docs/your-first-module.md');
const strategyPage = readPage('docs/your-own-strategy.md');

/** Replaces what differs every time by what kind of thing it is. */
function kinds(text: string): unknown {
  return JSON.parse(
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '<uuid>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'),
  );
}

describe('a host who follows the pages', () => {
  let database: TestDatabase;
  let project: HostProject;
  let http: HttpClient;
  let superuser: HttpClient;
  let checks: Promise<string>;
  let directoryPort: string;
  beforeAll(async () => {
    database = await createDatabase();
    directoryPort = String(await freePort());
    project = new HostProject({
      ...testVariables(database.url),
      SWAGGER: 'on',
      DIRECTORY_URL: `http://127.0.0.1:${directoryPort}`,
    });
    await project.follow(modulePage.setup);
    await project.follow(strategyPage.setup);
    await project.follow(strategyPage.tour.slice(0, 1));
    // While it builds: one of the slowest tests should not take longer still.
    checks = project.run(`npm run check:imports && npx prettier --check ${EDITED}`);
    checks.catch(() => undefined);
    http = await project.start();
  }, 150_000);
  afterAll(async () => {
    await project.remove();
    await database.close();
  });

  /** Runs the commands of a tour in one shell, and compares what is printed with what it shows. */
  async function tour(blocks: Block[]): Promise<string[]> {
    const commands = blocks.filter(({ language }) => language === 'sh');
    const script = commands.map(({ code }) => `${code}\nprintf '\\0'`).join('\n');
    const stdout = await project.run(script.replaceAll('http://localhost:3000', http.url));
    const outputs = stdout.split('\0');
    for (const [i, command] of commands.entries()) {
      const shown = blocks[blocks.indexOf(command) + 1];
      if (shown?.language !== 'json') continue;
      expect({ code: command.code, output: kinds(outputs[i]!) }).toEqual({
        code: command.code,
        output: kinds(shown.code),
      });
    }
    return outputs;
  }

  it('gets migrations that contain their own change, and are all that is needed', async () => {
    const articles = project.read('migrations/<time>-AddArticles.ts');
    expect(articles).toContain('CREATE TABLE "articles"');
    expect(articles).toContain('ON DELETE CASCADE');
    expect(articles.match(/(ALTER|CREATE|DROP) TABLE "(?!articles)/g)).toBeNull();
    const links = project.read('migrations/<time>-AddDirectoryLinks.ts');
    expect(links).toContain('CREATE TABLE "directory_links"');
    expect(links.match(/(ALTER|CREATE|DROP) TABLE "(?!directory_links)/g)).toBeNull();
    expect(links).toContain('ON DELETE CASCADE');
    await expect(project.run('npm run migration:generate -- Nothing 2>&1')).rejects.toMatchObject({
      stdout: expect.stringContaining('there is nothing to migrate'),
    });
  }, 60_000);

  it('has a first module that answers as the page shows', async () => {
    const [start, ...commands] = modulePage.tour;
    expect(start!.code).toBe('npm run check\nnpm start\n');
    const outputs = await tour(commands);
    expect(outputs.at(-2)!.trim()).toBe('ben');
    superuser = http.as((await signIn(http, 'root', 'correct horse battery')).accessToken);
  }, 30_000);

  it('keeps drafts to their authors and to editors', async () => {
    const [author, other] = [await newSession(http), await newSession(http)];
    const draft = await author.http.post<Article>('/api/articles', { title: 'One', body: '' });
    expect(draft.status).toBe(201);
    expect(draft.body).toMatchObject({ isPublished: false, authorId: author.user.id });
    const { id } = draft.body;
    expect((await http.get(`/api/articles`)).text).not.toContain(id);
    const foreign = await other.http.patch(`/api/articles/${id}`, { title: 'Two' });
    expect([foreign.status, problem(foreign).code]).toEqual([404, 'not_found']);
    expect((await author.http.patch('/api/articles/nonsense', {})).status).toBe(404);
    const edited = await author.http.patch(`/api/articles/${id}`, { title: 'Two' });
    expect(edited.body).toEqual({ ...draft.body, title: 'Two' });
    expect((await author.http.patch(`/api/articles/${id}`, {})).body).toEqual(edited.body);

    const denied = await author.http.get('/api/articles/drafts');
    expect([denied.status, problem(denied).missingRoles]).toEqual([403, ['editor']]);
    await superuser.put(`/api/users/${other.user.id}/roles`, { roles: ['editor'] });
    const drafts = await other.http.get<{ items: Article[] }>('/api/articles/drafts');
    expect(drafts.body.items.map((article) => article.id)).toContain(id);
    expect((await http.get('/api/articles/drafts')).status).toBe(401);
    expect((await http.post('/api/articles', { title: 'One', body: '' })).status).toBe(401);
  });

  it('publishes with the permission only, once, and tells it', async () => {
    const [author, publisher] = [await newSession(http), await newSession(http)];
    const { body: draft } = await author.http.post<Article>('/api/articles', {
      title: 'Three',
      body: '',
    });
    const path = `/api/articles/${draft.id}/publish`;
    const denied = await author.http.post(path);
    expect([denied.status, problem(denied).missingPermissions]).toEqual([
      403,
      ['articles.publish'],
    ]);
    await superuser.put(`/api/users/${publisher.user.id}/permissions`, {
      permissions: ['articles.publish'],
    });
    const answers = await Promise.all([1, 2].map(() => publisher.http.post<Article>(path)));
    expect(answers.map(({ status, body }) => [status, body.isPublished])).toEqual([
      [200, true],
      [200, true],
    ]);
    expect((await http.get('/api/articles')).text).toContain(draft.id);
    const { body: trail } = await superuser.get(`/api/audit-events?subjectId=${draft.id}`);
    expect(trail.items).toMatchObject([
      {
        action: 'article.published',
        actor: { id: publisher.user.id },
        subject: { type: 'article', id: draft.id },
      },
    ]);
    // The articles go with their author.
    expect((await superuser.delete(`/api/users/${author.user.id}`)).status).toBe(204);
    expect((await http.get('/api/articles')).text).not.toContain(draft.id);
  });

  it('refuses articles that are none', async () => {
    const { http: author } = await newSession(http);
    const { body: draft } = await author.post<Article>('/api/articles', { title: 'A', body: '' });
    for (const [fields, field] of [
      [{ title: '' }, 'title'],
      [{ title: 'x'.repeat(201) }, 'title'],
      [{ title: null }, 'title'],
      [{ body: 'a\0b' }, 'body'],
      [{ isPublished: true }, 'isPublished'],
      [{ authorId: draft.id }, 'authorId'],
    ] as const) {
      for (const answer of [
        await author.post('/api/articles', { title: 'A', body: '', ...fields }),
        await author.patch(`/api/articles/${draft.id}`, fields),
      ]) {
        expect(answer.status).toBe(422);
        expect(problem(answer).errors.map((error) => error.field)).toEqual([field]);
      }
    }
  });

  describe('and has a directory', () => {
    let directory: ChildProcess;
    const [, begin, ...commands] = strategyPage.tour;
    const link = strategyPage.tour.find(({ language }) => language === 'sql')!.code;
    const login = (username: string, password: string) =>
      http.post('/api/auth/login', { username, password });
    const begun = async () => {
      const [command, script] = begin!.code.split(' ') as [string, string];
      directory = project.spawn(command, [script, directoryPort]);
      const address = `http://127.0.0.1:${directoryPort}/search`;
      await eventually(
        () =>
          fetch(address, { method: 'POST', body: '{}' }).then(
            ({ ok }) => ok,
            () => false,
          ),
        'the directory listens',
      );
    };
    beforeAll(begun);

    it('lets its people in as the page shows, each to one account of their own', async () => {
      expect(begin!.code).toBe('node scripts/directory.mjs 3890 &\nnpm start\n');
      const wrong = await login('bob', 'not this one');
      expect(problem(wrong).code).toBe('invalid_credentials');
      expect((await login('ben', 'bob at work')).status).toBe(401);
      const first = await Promise.all([1, 2, 3].map(() => login('bob', 'bob at work')));
      expect(first.map(({ status }) => status)).toEqual([200, 200, 200]);
      await tour(commands);
      const accounts = await database.sql(
        `SELECT username, password_hash LIKE '!%' AS unusable, email_verified_at
         FROM users JOIN directory_links ON user_id = users.id`,
      );
      expect(accounts).toEqual([{ username: 'bob', unusable: true, email_verified_at: null }]);
      const { body: trail } = await superuser.get(
        '/api/audit-events?action=user.registered&limit=1',
      );
      expect(trail.items).toMatchObject([{ subject: { name: 'bob' } }]);
    });

    it('asks it again for what asks for the password', async () => {
      const visitor = new Visitor(http);
      await visitor.post('/accounts/login', { username: 'bob', password: 'bob at work' });
      const again = (password: string) => visitor.post('/accounts/reauthenticate', { password });
      expect((await again('not this one')).status).toBe(422);
      expect((await again('bob at work')).status).toBe(303);
    });

    it('finds people by what never changes, and gives nobody an account by a name', async () => {
      await database.sql(
        `UPDATE users SET username = 'robert', username_key = 'robert' WHERE username = 'bob'`,
      );
      // What the name looked like is free as well.
      await database.sql(`DELETE FROM username_skeletons s USING users u
                          WHERE u.id = s.user_id AND u.username = 'robert'`);
      for (const name of ['robert', 'bob', 'bob@corp.example']) {
        expect((await login(name, 'bob at work')).body.user).toMatchObject({ username: 'robert' });
      }
      // Whoever takes the name that is free now gets nothing else.
      await register(http, { username: 'bob' });
      expect((await login('bob', 'bob at work')).status).toBe(401);
      expect((await login('robert', 'bob at work')).status).toBe(200);
    });

    it('takes over nobody who has the same name, until somebody links the two', async () => {
      const { accessToken } = await signIn(http, 'ann', 'correct horse battery');
      expect((await login('ann', 'ann at work')).status).toBe(401);
      await database.sql(link);
      expect((await http.as(accessToken).get('/api/auth/session')).status).toBe(401);
      expect((await login('ann', 'correct horse battery')).status).toBe(401);
      const { body } = await login('ann', 'ann at work');
      expect(body.user).toMatchObject({ username: 'ann', email: 'ann@example.com' });
    });

    it('keeps others going while it is down, and comes back', async () => {
      const closed = once(directory, 'close');
      directory.kill('SIGKILL');
      await closed;
      const { username } = await register(http);
      expect((await login(username, PASSWORD)).status).toBe(200);
      for (const name of ['robert', 'ann', username, 'nobody']) {
        const answer = await login(name, 'ann at work');
        expect(problem(answer).code).toBe('service_unavailable');
      }
      await begun();
      expect((await login('robert', 'bob at work')).status).toBe(200);
    });
  });

  it('finds all of it in OpenAPI', async () => {
    const document = (await http.get('/docs/openapi.json')).body as unknown as OpenAPIObject;
    const schemas = document.components!.schemas as Record<
      string,
      { properties: Record<string, object>; required?: string[] }
    >;
    expect(schemas.CreateArticleDto).toMatchObject({
      required: ['title', 'body'],
      properties: { title: { type: 'string', minLength: 1, maxLength: 200 } },
    });
    expect(document.paths['/api/articles/{id}/publish']!.post).toMatchObject({
      summary: 'Publish an article, whoever wrote it.',
      'x-required-permissions': ['articles.publish'],
    });
  });

  it('passes the checks of the project', async () => {
    await checks;
    expect(await project.run('npm run -s cli -- routes')).toContain(
      '| POST | `/api/articles/:id/publish` | articles.publish |',
    );
  }, 60_000);

  it('can take the migrations back', async () => {
    await project.stop();
    await project.run('for PAGE in 1 2; do npm run migration:revert; done');
    const left = await database.sql(`
      SELECT table_name FROM information_schema.tables
      WHERE table_name IN ('articles', 'directory_links')
      UNION ALL SELECT name FROM roles WHERE name = 'editor'`);
    expect(left).toEqual([]);
  }, 60_000);
});

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
