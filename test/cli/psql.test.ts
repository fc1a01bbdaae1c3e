import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';

/** Says what it was started with, and never the password itself. */
const PROGRAM = `#!/bin/sh
echo "words:$*"
echo "place:$PGUSER@$PGHOST:$PGPORT/$PGDATABASE sslmode=$PGSSLMODE options=$PGOPTIONS"
echo "password of \${#PGPASSWORD}, service:$PGSERVICE address:$PGHOSTADDR"
tr '\\0' ' ' < /proc/$$/cmdline
exit 3
`;

describe('npm run cli -- psql', () => {
  const cli = commandLine();
  const given = new URL(process.env.TEST_DATABASE_URL!);
  let folder: string;
  let withProgram: string;
  let without: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-psql-'));
    writeFileSync(join(folder, 'psql'), PROGRAM);
    chmodSync(join(folder, 'psql'), 0o755);
    withProgram = `${folder}:${process.env.PATH}`;
    without = mkdtempSync(join(tmpdir(), 'gatehouse-no-psql-'));
    symlinkSync(process.execPath, join(without, 'node'));
  });
  afterAll(() => {
    for (const one of [folder, without]) rmSync(one, { recursive: true, force: true });
  });

  it('opens the configured database, passes words and exit code on, and shows no password', async () => {
    const { code, output } = await cli(['psql', '--', '-tA', '-c', 'SELECT 1'], {
      ...testVariables(given.href),
      PATH: withProgram,
      // These would lead psql elsewhere.
      PGSERVICE: 'elsewhere',
      PGHOSTADDR: '192.0.2.1',
    });
    expect(code).toBe(3);
    const { username, hostname, port, pathname, password } = given;
    expect(output.split('\n')).toEqual([
      'words:-tA -c SELECT 1',
      `place:${username}@${hostname}:${port}${pathname} sslmode= options=`,
      `password of ${decodeURIComponent(password).length}, service: address:`,
      expect.stringContaining('psql -tA -c SELECT 1'),
    ]);
    expect(output).not.toContain(password);
  });

  it('prefers the direct address, and hands on what the address asks for', async () => {
    const direct =
      'postgresql://ann:p%40ss@db.example.com:6543/app?sslmode=no-verify&options=-csearch_path%3Dsite';
    const { output } = await cli(['psql'], {
      ...testVariables(given.href),
      DATABASE_DIRECT_URL: direct,
      PATH: withProgram,
    });
    expect(output).toContain('place:ann@db.example.com:6543/app sslmode=require options=-csearch_');
    expect(output).toContain('password of 4,');
  });

  it('says in one sentence how to connect where the program is not installed', async () => {
    const result = await cli(['psql'], { ...testVariables(given.href), PATH: without });
    const { username, hostname, port, pathname } = given;
    expect(result).toEqual({
      code: 1,
      output: `The program psql is not installed. Install the client of PostgreSQL, or connect from where it is: psql -h ${hostname} -p ${port} -U ${username} ${pathname.slice(1)} (its password is the one of the configuration).`,
    });
  });
});
