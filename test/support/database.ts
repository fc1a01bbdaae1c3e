import { copyDatabase, type TestDatabase } from '../../src/testing/test-database.js';

export type { TestDatabase };

/** Copies the template that the global setup migrated. */
export async function createDatabase(template = 'gatehouse_template'): Promise<TestDatabase> {
  return copyDatabase(new URL(process.env.TEST_DATABASE_URL!), template);
}
