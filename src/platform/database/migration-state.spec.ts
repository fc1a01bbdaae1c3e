import { describe, expect, it } from '@jest/globals';
import type { MigrationSet } from './migration-sets.js';
import { type Read, readMigrationState } from './migration-state.js';

const setOf = (table: string, isOfProduct: boolean, ...names: string[]): MigrationSet => ({
  table,
  isOfProduct,
  migrations: names.map((name) => ({ name, file: `${name}.js`, instance: {} as never })),
});
const SETS = [
  setOf('gatehouse_migrations', false, 'A1', 'B2'),
  setOf('migrations', true, 'OfProduct3'),
];

/** A database of version 0.1 whose record another process moves before the statement with this number. */
function databaseMovedBefore(statement: number): Read {
  const tables = new Map([['migrations', ['A1', 'B2', 'OfProduct3']]]);
  let count = 0;
  return async <Row>(text: string, values?: unknown[]) => {
    if (count++ === statement) {
      tables.set('gatehouse_migrations', ['A1', 'B2']);
      tables.set('migrations', ['OfProduct3']);
    }
    if (values) return [{ exists: tables.has(values[0] as string) }] as Row[];
    const [, table] = /FROM (\w+)/.exec(text)!;
    return tables.get(table!)!.map((name) => ({ name })) as Row[];
  };
}

describe('the state of the migrations', () => {
  it.each([0, 1, 2, 3, 4])(
    'has nothing pending while another process moves our names (before statement %i)',
    async (statement) => {
      const { pending, unknown } = await readMigrationState(SETS, databaseMovedBefore(statement));
      expect([pending, unknown]).toEqual([[], []]);
    },
  );

  it('names what is left in the table of the product, before it is moved', async () => {
    expect(await readMigrationState(SETS, databaseMovedBefore(-1))).toMatchObject({
      leftBehind: ['A1', 'B2'],
      hasOurTable: false,
    });
    expect(await readMigrationState(SETS, databaseMovedBefore(0))).toMatchObject({
      leftBehind: [],
      hasOurTable: true,
    });
  });
});
