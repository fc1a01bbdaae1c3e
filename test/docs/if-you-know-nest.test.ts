import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, register, signIn } from '../support/accounts.js';
import { filesOfPage } from '../support/doc-page.js';
import { type HttpClient, problem } from '../support/http.js';
import { Product } from '../support/product.js';

describe('docs/if-you-know-nest.md', () => {
  let product: Product;
  let http: HttpClient;
  beforeAll(async () => {
    product = await Product.create(filesOfPage('docs/if-you-know-nest.md'));
    ({ http } = await product.start());
  });
  afterAll(() => product.remove());

  it('closes its routes without a word', async () => {
    expect((await http.get('/api/office/key')).status).toBe(401);
    expect((await http.post('/api/office/key')).status).toBe(401);
  });

  it('runs a guard of the product after ours, which knows the caller', async () => {
    await register(http, { username: 'guest-ann' });
    const guest = http.as((await signIn(http, 'guest-ann')).accessToken);
    expect((await guest.get('/api/office/key')).status).toBe(200);
    const refused = await guest.post('/api/office/key');
    expect([refused.status, problem(refused).detail]).toEqual([403, 'Guests can only read.']);
  });

  it('makes a problem document of an exception of Nest', async () => {
    const session = await newSession(http);
    expect((await session.http.post('/api/office/key')).status).toBe(204);
    const taken = await session.http.post('/api/office/key');
    expect([taken.status, problem(taken).code, problem(taken).detail]).toEqual([
      409,
      'conflict',
      'The key is taken.',
    ]);
    const key = await session.http.get('/api/office/key');
    expect(key.body).toEqual({ holder: session.username });
  });
});
