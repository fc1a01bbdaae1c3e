// npm run migration:generate -- Name: writes migrations/<time>-Name.ts with what the entities have
// and the database lacks. Pending migrations are applied first, so that only the difference is written.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { MigrationGenerateCommand } from 'typeorm/commands/MigrationGenerateCommand.js';

const DATA_SOURCE = 'dist/src/platform/database/typeorm-cli.js';

const name = process.argv[2] ?? '';
if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
  console.error('Name the migration in PascalCase: npm run migration:generate -- AddPhoneToUsers');
  process.exit(2);
}

// One process for both: most of what the command of TypeORM takes is to load the application.
const { default: loading } = await import(`../${DATA_SOURCE}`);
const dataSource = await loading;
const initialize = dataSource.initialize.bind(dataSource);
dataSource.initialize = async () => {
  await initialize();
  const applied = await dataSource.runMigrations();
  for (const migration of applied) console.log(`Applied ${migration.name}`);
  return dataSource;
};
const timestamp = Date.now();
await new MigrationGenerateCommand().handler({
  path: `migrations/${name}`,
  dataSource: DATA_SOURCE,
  timestamp,
  pretty: true,
  exitProcess: false,
});
const file = `migrations/${timestamp}-${name}.ts`;
const style = { ...(await resolveConfig(file)), filepath: file };
writeFileSync(file, await format(readFileSync(file, 'utf8'), style));
