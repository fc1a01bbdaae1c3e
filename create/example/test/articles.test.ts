import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem, startTestApp, type TestApp } from 'gatehouse/testing';

describe('articles', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp('dist/src/app.module.js');
  });
  afterAll(() => app.close());

  it('are drafts that their authors alone see', async () => {
    const [author, other] = [await app.signIn(), await app.signIn()];
    const draft = await author.http.post('/api/articles', { title: 'First', body: '' });
    const path = `/api/articles/${draft.body.id}`;
    const clients = [author.http, other.http, app.http];
    const answers = await Promise.all(clients.map((one) => one.get(path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404]);
  });

  it('are published by editors, once', async () => {
    const [author, editor] = [await app.signIn(), await app.signIn({ roles: ['editor'] })];
    const { body } = await author.http.post('/api/articles', { title: 'First', body: '' });
    const path = `/api/articles/${body.id}/publish`;
    expect(problem(await author.http.post(path)).missingPermissions).toEqual(['articles.publish']);
    const answers = await Promise.all([1, 2].map(() => editor.http.post(path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const events = await app.database.sql(
      `SELECT id FROM audit_events WHERE action = 'article.published' AND subject_id = $1`,
      [body.id],
    );
    expect(events).toHaveLength(1);
  });
});
