import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import type { HttpClient } from '../support/http.js';
import { filesOfPage } from '../support/doc-page.js';
import { keptEmail } from '../support/mailbox.js';
import { eventually, type TestServer } from '../support/process.js';
import { Product } from '../support/product.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';

const TOKEN = 'the token of the metrics, with 32 bytes'.replaceAll(' ', '-');

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>;
}

describe('the product of docs/declarations.md', () => {
  let product: Product;
  let server: TestServer;
  let editor: Awaited<ReturnType<typeof editorSession>>;

  beforeAll(writeDeclarations, 60_000);
  beforeAll(async () => {
    product = await Product.create(filesOfPage('docs/declarations.md'));
    server = await product.start({
      SWAGGER: 'on',
      THROTTLE_SCALE: '1',
      LIMITS: 'comments=3',
      METRICS_TOKEN: TOKEN,
      FEED_SIZE: '50',
    });
    editor = await editorSession(server.http);
  });
  afterAll(() => product.remove());

  /** A signed-in account with the role that the product declares. */
  async function editorSession(http: HttpClient) {
    const session = await newSession(http);
    await product.database.sql(
      `INSERT INTO user_roles SELECT $1, id FROM roles WHERE name = 'editor'`,
      [session.user.id],
    );
    await eventually(
      async () =>
        (await session.http.get<{ roles: string[] }>('/api/auth/session')).body.roles.length > 0,
      'the role arrived',
    );
    return session;
  }

  it('answers with its own problem as with ours', async () => {
    const answer = await editor.http.post('/api/articles/locked/publish');
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.body).toEqual({
      type: 'urn:gatehouse:problem:article_locked',
      title: 'Conflict',
      status: 409,
      detail: 'Another editor works on this article.',
      instance: '/api/articles/locked/publish',
      code: 'article_locked',
      errors: [],
      lockedBy: 'zoe',
    });
  });

  it('documents its own problem in OpenAPI', async () => {
    const { body } = await server.http.get<OpenApi>('/docs/openapi.json');
    const { responses } = body.paths['/api/articles/{name}/publish']!.post!;
    expect(responses['409']).toMatchObject({
      description: 'Another editor works on this article.',
      content: { 'application/problem+json': { examples: { article_locked: {} } } },
    });
  });

  it('lets the role that it declares do what it declares', async () => {
    expect((await editor.http.post('/api/articles/other/publish')).status).toBe(204);
    expect((await editor.http.post('/api/articles/other/unlock')).status).toBe(204);
    const { http } = await newSession(server.http);
    expect((await http.post('/api/articles/other/publish')).status).toBe(403);
    expect((await http.post('/api/articles/other/unlock')).status).toBe(403);
  });

  it('records the role that it declares, and does not let it be deleted', async () => {
    const events = await product.database.sql<{ action: string; origin: string }>(
      `SELECT e.action, e.origin, e.changes FROM audit_events e JOIN roles r ON r.id::text = e.subject_id
       WHERE r.name = 'editor' ORDER BY e.id`,
    );
    expect(events).toEqual([
      {
        action: 'role.created',
        origin: 'system',
        changes: { name: { old: null, new: 'editor' } },
      },
      {
        action: 'role.permissions_changed',
        origin: 'system',
        changes: { permissions: { old: [], new: ['articles.edit', 'articles.publish'] } },
      },
    ]);
    const admin = await superuserSession({ http: server.http, database: product.database });
    const { body } = await admin.http.get<{ items: { id: string; name: string }[] }>('/api/roles');
    const { id } = body.items.find(({ name }) => name === 'editor')!;
    expect((await admin.http.delete(`/api/roles/${id}`)).body.code).toBe('role_protected');
  });

  it('compiles', async () => {
    expect(await TypedProduct.check(filesOfPage('docs/declarations.md'))).toEqual([]);
  });

  it('counts against its own limit, with the number of LIMITS', async () => {
    const { http, user } = await newSession(server.http);
    const comment = () => http.post('/api/articles/other/comments');
    for (let times = 0; times < 3; times++) expect((await comment()).status).toBe(204);
    for (const refused of [await comment(), await comment()]) {
      expect(refused.status).toBe(429);
      expect(refused.body.code).toBe('too_many_requests');
      expect(refused.body.detail).toBe('Too many comments. Try again in 60 minutes.');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
    }
    expect((await editor.http.post('/api/articles/other/comments')).status).toBe(204);
    const events = await product.database.sql(
      `SELECT reason, subject_id FROM audit_events WHERE action = 'limit.reached'`,
    );
    expect(events).toEqual([{ reason: 'comments', subject_id: user.id }]);
    const { text } = await server.http.as(TOKEN).get('/metrics');
    expect(text).toContain('gatehouse_limit_reached_total{limit="comments"} 2');
  });

  it('lets no more comments through than its limit says when 14 come at once', async () => {
    const { http } = await newSession(server.http);
    const answers = await Promise.all(
      Array.from({ length: 14 }, () => http.post('/api/articles/other/comments')),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(11);
  });

  it('sets the number of one of our limits', async () => {
    const statuses = new Set<number>();
    for (let times = 0; times < 21; times++) {
      const username = `visitor${times}`;
      const answer = await server.http.post('/api/auth/register', {
        username,
        email: `${username}@example.com`,
        password: PASSWORD,
      });
      statuses.add(answer.status);
    }
    expect([...statuses]).toEqual([201]);
    const { output } = await product.runCommand('check', '--deploy', '--json');
    expect(output).toContain('src/articles.limits.js has registrations_per_ip=100 in 1h');
  });

  it('sends its own email with our frame, as HTML and as text', async () => {
    const { status } = await editor.http.post('/api/articles/News & <b>views/publish');
    expect(status).toBe(204);
    const mail = await keptEmail(server.http, 'News & <b>views is published');
    expect(mail.html).toContain('<p>your article News &amp; &lt;b>views is published.</p>');
    expect(mail.html).toContain('display:inline-block');
    expect(mail.text).toContain('your article News & <b>views is published.');
    expect(mail.text).toContain('Read it http://localhost:3000/articles/');
  });

  it('replaces one of our emails', async () => {
    const { http, username } = await newSession(server.http);
    await http.delete('/api/users/me', { currentPassword: PASSWORD });
    const { text } = await keptEmail(server.http, 'Goodbye');
    expect(text).toContain(`Goodbye ${username}, your articles are gone as well.`);
  });

  it('shows an email that no file declares any more, and goes on showing the others', async () => {
    const [row] = await product.database.sql<{ id: string }>(
      `UPDATE mails SET template = 'forgotten' WHERE template = 'article_published' RETURNING id`,
    );
    const list = await server.http.get('/dev/mailbox');
    expect(list.status).toBe(200);
    expect(list.text).toContain('Goodbye');
    const page = await server.http.get(`/dev/mailbox/${row!.id}`);
    expect(page.text).toContain(
      'No *.emails.tsx file of the product declares the email &quot;forgotten&quot;.',
    );
  });

  it('counts its own metric', async () => {
    const metrics = async () => (await server.http.as(TOKEN).get('/metrics')).text;
    const counted = /^articles_published_total\{kind="news"\} (\d+)$/m;
    const before = Number(counted.exec(await metrics())?.[1] ?? 0);
    await editor.http.post('/api/articles/other/publish');
    expect(await metrics()).toContain(`articles_published_total{kind="news"} ${before + 1}`);
    expect(await metrics()).toContain('# HELP articles_published_total Published articles');
  });

  it('reads its own settings from the environment', async () => {
    expect((await server.http.get('/api/articles/feed')).body).toEqual({
      size: 50,
      lifetime: 600_000,
      directory: 'https://directory.example.com',
    });
  });

  it('gives a role each permission once: what an administrator takes away stays away', async () => {
    await product.database.sql(
      `DELETE FROM role_permissions USING roles
       WHERE id = role_id AND name = 'editor' AND permission_codename = 'articles.publish'`,
    );
    await product.write({
      'src/articles.permissions.ts': `
        import { definePermissions } from 'gatehouse';
        export const ARTICLES = definePermissions(
          'articles',
          { edit: 'Edit articles', publish: 'Publish articles', feature: 'Feature articles' },
          { roles: { editor: ['edit', 'publish', 'feature'] } },
        );`,
    });
    expect((await product.runCommand('migrate')).code).toBe(0);
    const granted = await product.database.sql<{ codename: string }>(
      `SELECT permission_codename AS codename FROM role_permissions JOIN roles ON id = role_id
       WHERE name = 'editor' ORDER BY 1`,
    );
    expect(granted.map(({ codename }) => codename)).toEqual(['articles.edit', 'articles.feature']);
  });
});
