import { afterAll, describe, it } from '@jest/globals';
import { startTestApp } from 'gatehouse/testing';

const app = await startTestApp('dist/src/app.module.js');
const addArticle = async (owner: { account: { id: string } }) => {
  const text = `INSERT INTO articles (title, body, author_id) VALUES ('First', '', $1) RETURNING id`;
  const [article] = await app.database.sql<{ id: string }>(text, [owner.account.id]);
  return article!.id;
};
const attacks = app.attacks({
  objects: {
    '/api/articles/:id': addArticle,
    '/api/articles/:id/publish': addArticle,
  },
  // Editors publish the articles of others.
  shared: ['POST /api/articles/:id/publish'],
  bodies: {
    'POST /api/articles': { title: 'First', body: 'Text' },
    'PATCH /api/articles/:id': { title: 'Second' },
  },
});

describe('every route of the product', () => {
  for (const attack of attacks) it(attack.name, attack.run);
  afterAll(() => app.close());
});
