import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { register } from '../support/accounts.js';
import { built } from '../support/built.js';
import { readPage } from '../support/doc-page.js';
import { keptEmail } from '../support/mailbox.js';
import { ROOT, type TestServer } from '../support/process.js';
import { Product } from '../support/product.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';

const PAGE = 'docs/emails.md';

/** Each file that the page shows, by the path that was named last before it. */
const files = Object.fromEntries(readPage(PAGE).setup.map(({ path, code }) => [path!, code]));

describe('the product of docs/emails.md', () => {
  let product: Product;
  let server: TestServer;
  beforeAll(writeDeclarations, 60_000);
  beforeAll(async () => {
    product = await Product.create(files);
    server = await product.start();
  });
  afterAll(() => product.remove());

  it('compiles against the public door', async () => {
    expect(await TypedProduct.check(files)).toEqual([]);
  }, 60_000);

  it('sends its own email in the frame of its brand, and other words for ours', async () => {
    const { username } = await register(server.http);
    const welcome = await keptEmail(server.http, `Welcome aboard, ${username}`);
    expect(welcome.html).toContain('Northwind');
    expect(welcome.html).toContain('#7c3aed');
    expect(welcome.text).toContain(`Hello ${username},`);
    expect(welcome.text).toMatch(/Look around[^]*\/accounts\/profile/);
    const proof = await keptEmail(server.http, 'One more step');
    expect(proof.text).toContain('This is my address');
    expect(proof.text).toContain('/accounts/email/verify?token=');
  });
});

describe('docs/emails.md', () => {
  it('lists every email that Gatehouse sends, with its subject', async () => {
    const { EMAILS } = await built<typeof import('../../src/platform/email/templates/emails.js')>(
      'src/platform/email/templates/emails.js',
    );
    const rows = readFileSync(join(ROOT, PAGE), 'utf8').matchAll(/^\| `(\w+)` +\| (.*?) +\|/gm);
    const listed = Object.fromEntries([...rows].map(([, name, subject]) => [name, subject]));
    const ours = Object.entries(EMAILS).map(([name, { subject }]) => [name, subject]);
    expect(listed).toEqual(Object.fromEntries(ours));
  });
});
