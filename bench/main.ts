// npm run bench [-- name …]: measures what docs/performance.md tells, one benchmark after the other.
import { describeMachine } from './support/machine.js';
import { startPostgres, type Postgres } from './support/postgres.js';
import { print, type Result, save } from './support/report.js';
import { equalTime } from './rows/equal-time.js';
import { growth } from './rows/growth.js';
import { guard } from './rows/guard.js';
import { login } from './rows/login.js';
import { page } from './rows/page.js';
import { refresh } from './rows/refresh.js';
import { revoke } from './rows/revoke.js';
import { scale } from './rows/scale.js';
import { start } from './rows/start.js';
import { storm } from './rows/storm.js';

const BENCHMARKS: Record<string, (postgres: Postgres) => Promise<Result>> = {
  guard,
  page,
  login,
  storm,
  refresh,
  revoke,
  scale,
  start,
  growth,
  'equal-time': equalTime,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}: ${Object.keys(BENCHMARKS).join(', ')}.`,
  );
  process.exit(2);
}
const postgres = await startPostgres();
try {
  console.log(`${describeMachine()}, PostgreSQL ${postgres.version}`);
  for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
    const result = await BENCHMARKS[name]!(postgres);
    print(result);
    await save(result, postgres.version);
  }
} finally {
  await postgres.stop();
}
process.exit(0);
