import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { type Block, kinds, readPage } from '../support/doc-page.js';
import { type HttpClient, problem } from '../support/http.js';
import { eventually, freePort } from '../support/process.js';
import { Product } from '../support/product.js';
import { Visitor } from '../support/visitor.js';

interface Article {
  id: string;
  title: string;
  isPublished: boolean;
  authorId: string;
}

const execFileAsync = promisify(execFile);

/** Writes and runs what a page says, in its order. */
async function follow(product: Product, blocks: Block[]): Promise<void> {
  for (const { language, code, path } of blocks) {
    if (language === 'ts' || language === 'js') await product.write({ [path!]: code });
    else if (language === 'sh') {
      await runScript(product, code);
      await compileMigrations(product);
    } else throw new Error(`what is to be done with ${language}?`);
  }
}

async function compileMigrations(product: Product): Promise<void> {
  const folder = join(product.folder, 'migrations');
  for (const name of readdirSync(folder)) {
    await product.write({
      [`migrations/${name}`]: readFileSync(join(folder, name), 'utf8'),
    });
  }
}

/** Runs a script in the folder of a product; returns what it prints. Rejects when it fails. */
async function runScript(product: Product, script: string): Promise<string> {
  const { stdout } = await execFileAsync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: product.folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME ?? product.folder,
      ...testVariables(product.database.url),
    },
  });
  return stdout;
}

/** Runs the commands of a tour in one shell, and compares what is printed with what the page shows. */
async function tour(product: Product, http: HttpClient, blocks: Block[]): Promise<string[]> {
  const commands = blocks.filter(({ language }) => language === 'sh');
  const script = commands.map(({ code }) => `${code}\nprintf '\\0'`).join('\n');
  const stdout = await runScript(product, script.replaceAll('http://localhost:3000', http.url));
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

const migrationIn = (product: Product) => {
  const [name, ...others] = readdirSync(join(product.folder, 'migrations'));
  expect(others).toEqual([]);
  return readFileSync(join(product.folder, 'migrations', name!), 'utf8');
};

describe('docs/your-first-module.md', () => {
  const page = readPage('docs/your-first-module.md');
  let product: Product;
  let http: HttpClient;
  let superuser: HttpClient;
  beforeAll(async () => {
    product = await Product.create();
    await follow(product, page.setup);
    ({ http } = await product.start({ SWAGGER: 'on' }));
  }, 90_000);
  afterAll(() => product.remove());

  it('gets a migration that contains its own change, and is all that is needed', async () => {
    const migration = migrationIn(product);
    expect(migration).toContain('CREATE TABLE "articles"');
    expect(migration).toContain('ON DELETE CASCADE');
    expect(migration.match(/(ALTER|CREATE|DROP) TABLE "(?!articles)/g)).toBeNull();
    const { code, output } = await product.runCommand('migration:generate', 'Nothing');
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringContaining('nothing to migrate'),
    });
  }, 30_000);

  it('answers as the page shows', async () => {
    const [start, ...commands] = page.tour;
    expect(start!.code).toBe('npm start\n');
    const outputs = await tour(product, http, commands);
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

  it('lists page by page, and finds titles', async () => {
    const { http: author } = await newSession(http);
    const { body: publisher } = await superuser.get('/api/auth/session');
    expect(publisher.isSuperuser).toBe(true);
    const titles = ['Needle one', 'Needle two', 'Needle three', 'Hay'];
    for (const title of titles) {
      const { body } = await author.post<Article>('/api/articles', { title, body: '' });
      await superuser.post(`/api/articles/${body.id}/publish`);
    }
    const list = async (query: string) =>
      (await http.get<{ items: Article[]; nextCursor: string | null }>(`/api/articles?${query}`))
        .body;
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof list>> = await list(
        `search=needle&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      seen.push(...page.items.map(({ title }) => title));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['Needle three', 'Needle two', 'Needle one']);
    expect((await http.get('/api/articles?cursor=x')).status).toBe(422);
  });

  it('shows a draft to its author alone, at the address that everyone has', async () => {
    const [author, other] = [await newSession(http), await newSession(http)];
    const { body } = await author.http.post<Article>('/api/articles', { title: 'D', body: '' });
    const path = `/api/articles/${body.id}`;
    const statuses = [author.http, other.http, http].map(
      async (one) => (await one.get(path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 404, 404]);
    expect((await http.as('nonsense').get(path)).status).toBe(401);
    await superuser.post(`${path}/publish`);
    expect((await http.get(path)).status).toBe(200);
  });

  it('finds all of it in OpenAPI and in the table of routes', async () => {
    const document = (await http.get('/docs/openapi.json')).body as unknown as OpenAPIObject;
    expect(document.paths['/api/articles/{id}/publish']!.post).toMatchObject({
      'x-required-permissions': ['articles.publish'],
    });
    const { output } = await product.runCommand('routes');
    expect(output).toContain('| POST | `/api/articles/:id/publish` | articles.publish |');
  }, 30_000);
});

describe('docs/your-own-strategy.md', () => {
  const page = readPage('docs/your-own-strategy.md');
  let product: Product;
  let http: HttpClient;
  let directoryPort: string;
  beforeAll(async () => {
    product = await Product.create();
    directoryPort = String(await freePort());
    await follow(product, page.setup);
    await follow(product, page.tour.slice(0, 1));
    ({ http } = await product.start({ DIRECTORY_URL: `http://127.0.0.1:${directoryPort}` }));
    await register(http, { username: 'ann' });
  }, 90_000);
  afterAll(() => product.remove());

  let directory: ChildProcess;
  const [, begin, ...commands] = page.tour;
  const link = page.tour.find(({ language }) => language === 'sql')!.code;
  const login = (username: string, password: string) =>
    http.post('/api/auth/login', { username, password });
  const begun = async () => {
    const [command, script] = begin!.code.split(' ') as [string, string];
    directory = spawn(command, [script, directoryPort], { cwd: product.folder, stdio: 'ignore' });
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
  afterAll(() => void directory.kill('SIGKILL'));

  it('lets its people in as the page shows, each to one account of their own', async () => {
    expect(begin!.code).toBe('node scripts/directory.mjs 3890 &\nnpm start\n');
    const wrong = await login('bob', 'not this one');
    expect(problem(wrong).code).toBe('invalid_credentials');
    expect((await login('ben', 'bob at work')).status).toBe(401);
    const first = await Promise.all([1, 2, 3].map(() => login('bob', 'bob at work')));
    expect(first.map(({ status }) => status)).toEqual([200, 200, 200]);
    await tour(product, http, commands);
    const accounts = await product.database.sql(
      `SELECT username, password_hash LIKE '!%' AS unusable, email_verified_at
       FROM users JOIN directory_links ON user_id = users.id`,
    );
    expect(accounts).toEqual([{ username: 'bob', unusable: true, email_verified_at: null }]);
    const events = await product.database.sql(
      `SELECT e.action FROM audit_events e JOIN users u ON u.id::text = e.subject_id
       WHERE u.username = 'bob' AND e.action = 'user.registered'`,
    );
    expect(events).toHaveLength(1);
  });

  it('asks it again for what asks for the password', async () => {
    const visitor = new Visitor(http);
    await visitor.post('/accounts/login', { username: 'bob', password: 'bob at work' });
    const again = (password: string) => visitor.post('/accounts/reauthenticate', { password });
    expect((await again('not this one')).status).toBe(422);
    expect((await again('bob at work')).status).toBe(303);
  });

  it('finds people by what never changes, and gives nobody an account by a name', async () => {
    await product.database.sql(
      `UPDATE users SET username = 'robert', username_key = 'robert' WHERE username = 'bob'`,
    );
    // What the name looked like is free as well.
    await product.database.sql(`DELETE FROM username_skeletons s USING users u
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
    const { accessToken } = await signIn(http, 'ann', PASSWORD);
    expect((await login('ann', 'ann at work')).status).toBe(401);
    await product.database.sql(link);
    await eventually(
      async () => (await http.as(accessToken).get('/api/auth/session')).status === 401,
      'the change made by hand has ended her session',
    );
    expect((await login('ann', PASSWORD)).status).toBe(401);
    const { body } = await login('ann', 'ann at work');
    expect(body.user).toMatchObject({ username: 'ann' });
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
