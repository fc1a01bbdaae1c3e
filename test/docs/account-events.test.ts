import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { problem } from '../support/http.js';
import { filesOfPage } from '../support/doc-page.js';
import { eventually, type TestServer } from '../support/process.js';
import { Product } from '../support/product.js';

describe('docs/account-events.md', () => {
  let product: Product;
  let server: TestServer;
  beforeAll(async () => {
    product = await Product.create(filesOfPage('docs/account-events.md'));
    server = await product.start();
  });
  afterAll(() => product.remove());

  it('gives each account a wallet, which keeps the account while there are coins in it', async () => {
    const { sql } = product.database;
    const { http, user } = await newSession(server.http);
    expect(await sql('SELECT coins FROM wallets WHERE owner_id = $1', [user.id])).toEqual([
      { coins: 0 },
    ]);
    await sql('UPDATE wallets SET coins = 3');
    const leave = () => http.delete('/api/users/me', { currentPassword: PASSWORD });
    expect(problem(await leave())).toMatchObject({
      status: 409,
      detail: 'There are coins in your wallet. Spend them first.',
    });
    expect((await http.get('/api/users/me')).status).toBe(200);
    await sql('UPDATE wallets SET coins = 0');
    expect((await leave()).status).toBe(204);
    expect(await sql('SELECT FROM wallets')).toEqual([]);
    await eventually(
      () => server.output().includes(`${user.email} is deleted.`),
      'the hook after the commit',
    );
  });
});
