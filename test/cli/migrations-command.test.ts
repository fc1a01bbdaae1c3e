import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Product } from '../support/product.js';

const migration = (time: number) => ({
  [`migrations/${time}-Step.ts`]: `
    export class Step${time} {
      async up(db) { await db.query('CREATE TABLE step${time} ()'); }
      async down(db) { await db.query('DROP TABLE step${time}'); }
    }`,
});

describe('npm run cli -- migrations', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create(migration(1_900_000_000_001));
  });
  afterAll(() => product.remove());

  it('says which ran and which wait, of both owners, and applies none', async () => {
    const { code, output } = await product.runCommand('migrations', '--check');
    expect(output).toMatch(/^gatehouse\n( \[X\] \w+\d{13}\n)+product\n \[ \] Step1900000000001\n$/);
    expect(code).toBe(1);
    const tables = await product.database.sql(`SELECT FROM pg_tables WHERE tablename ~ '^step'`);
    expect(tables).toEqual([]);
  });

  it('has an exit code for "all ran"', async () => {
    expect((await product.runCommand('migrate')).code).toBe(0);
    const { code, output } = await product.runCommand('migrations', '--check');
    expect(output).toMatch(/product\n \[X\] Step1900000000001\n$/);
    expect(code).toBe(0);
  });

  it('names what a newer version has recorded', async () => {
    await product.database.sql(
      `INSERT INTO migrations (timestamp, name) VALUES (1900000000002, 'Newer1900000000002')`,
    );
    const { code, output } = await product.runCommand('migrations', '--check');
    expect(code).toBe(0);
    expect(output).toMatch(/\nrecorded, and not in this code\n \[\?\] Newer1900000000002\n$/);
  });
});
