// npm run migration:generate -- Name: writes migrations/<time>-Name.ts with what the entities have
// and the database lacks. Pending migrations are applied first, so that only the difference is written.
import { execFileSync } from 'node:child_process';

const name = process.argv[2] ?? '';
if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
  console.error('Name the migration in PascalCase: npm run migration:generate -- AddPhoneToUsers');
  process.exit(2);
}
const typeorm = (...args) =>
  execFileSync(
    process.execPath,
    ['node_modules/typeorm/cli.js', ...args, '-d', 'dist/src/database/typeorm-cli.js'],
    { stdio: 'inherit' },
  );
try {
  typeorm('migration:run');
  typeorm('migration:generate', `migrations/${name}`, '--pretty');
  execFileSync('npx', ['prettier', '--write', '--log-level=warn', 'migrations'], {
    stdio: 'inherit',
  });
} catch (error) {
  process.exit(error.status ?? 1);
}
