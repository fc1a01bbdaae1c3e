import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import type { HttpClient } from '../support/http.js';
import { filesOfPage } from '../support/page-files.js';
import { eventually, type TestServer } from '../support/process.js';
import { Product } from '../support/product.js';

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>;
}

describe('the product of docs/declarations.md', () => {
  let product: Product;
  let server: TestServer;
  let editor: Awaited<ReturnType<typeof editorSession>>;

  beforeAll(async () => {
    product = await Product.create(filesOfPage('docs/declarations.md'));
    server = await product.start({ SWAGGER: 'on' });
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

  it('gives a role each permission once: what an administrator takes away stays away', async () => {
    const product = await Product.create(filesOfPage('docs/declarations.md'));
    try {
      await product.runCommand('migrate');
      await product.database.sql(
        `DELETE FROM role_permissions WHERE permission_codename = 'articles.publish'`,
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
      await product.runCommand('migrate');
      const granted = await product.database.sql<{ codename: string }>(
        `SELECT permission_codename AS codename FROM role_permissions JOIN roles ON id = role_id
         WHERE name = 'editor' ORDER BY 1`,
      );
      expect(granted.map(({ codename }) => codename)).toEqual([
        'articles.edit',
        'articles.feature',
      ]);
    } finally {
      await product.remove();
    }
  });
});
