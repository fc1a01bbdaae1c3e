import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { ROOT, run } from '../support/process.js';
import { openTerminal } from '../support/terminal.js';

describe('npm run cli -- shell', () => {
  const cli = commandLine();
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-shell-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.close();
  });

  const runCommand = (script: string) =>
    cli(['shell', '--command', script], testVariables(database.url));

  it('runs a script of standard input with services, entities and transactions, and prints what it prints', async () => {
    const { child, exited, output } = run('cli', ['shell'], testVariables(database.url), {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin!.end(`
      const { Role: Same } = await import('${join(ROOT, 'dist/src/permissions/role.entity.js')}');
      const added = await tx(async (tx) => {
        await tx.save(tx.create(Role, { name: 'reader', description: '' }));
        return tx.countBy(Role, { name: 'reader' });
      });
      console.log(added, Same === Role, get(RolesService) === app.get(RolesService), actor.origin);
      'what a script ends with is not printed';
    `);
    expect(await exited).toBe(0);
    expect(output()).toBe('1 true true cli\n');
    expect(await database.sql(`SELECT FROM roles WHERE name = 'reader'`)).toHaveLength(1);
  });

  it('runs the example of docs/commands.md', async () => {
    const page = readFileSync(join(ROOT, 'docs/commands.md'), 'utf8');
    const [, script] = /^npx gatehouse shell --command '(.*)'$/m.exec(page)!;
    expect(await runCommand(script!)).toEqual({ code: 0, output: '0' });
  });

  it('rolls a transaction back and exits with 1 when a script throws', async () => {
    const { code, output } = await runCommand(`await tx(async (tx) => {
      await tx.delete(Role, { name: 'admin' });
      throw new TypeError('it is broken');
    });`);
    expect(code).toBe(1);
    expect(output).toMatch(/^TypeError: it is broken\n +at /);
    expect(await database.sql(`SELECT FROM roles WHERE name = 'admin'`)).toHaveLength(1);
    expect(await runCommand('let 1')).toMatchObject({
      code: 1,
      output: expect.stringContaining('SyntaxError'),
    });
    const late = await runCommand(`setTimeout(() => { throw new Error('later'); }, 1);
      await new Promise((resolve) => setTimeout(resolve, 200));`);
    expect(late).toMatchObject({ code: 1, output: expect.stringContaining('Error: later') });
  });

  it('gives what an application accepts as a date, a list and an error', async () => {
    const { code, output } = await runCommand(`
      const [row] = await dataSource.query('SELECT now() AS now, ARRAY[1] AS list');
      console.log(row.now instanceof Date, row.list instanceof Array, Date === row.now.constructor);
      // Its own variables may have any name.
      const User = 1; let get = 2; console.log(User + get);`);
    expect({ code, output }).toEqual({ code: 0, output: 'true true true\n3' });
  });

  it('answers in a terminal, awaits, and keeps its lines for their owner alone', async () => {
    const history = join(folder, 'shell-history');
    writeFileSync(history, '');
    chmodSync(history, 0o644);
    const terminal = openTerminal('shell', database.url, { DATA_DIR: folder });
    await terminal.answer(/help\(\) lists[^]*> /, 'await dataSource.getRepository(Role).count()');
    await terminal.answer(/\d+\S*\r\n[^]*> /, 'get(RolesService).constructor.name');
    await terminal.answer(/'RolesService'/, 'await Promise.reject(new Error("no harm"))');
    await terminal.answer(/no harm/, '.exit');
    expect(await terminal.exitCode).toBe(0);
    expect(statSync(history).mode & 0o777).toBe(0o600);
    expect(readFileSync(history, 'utf8')).toContain('get(RolesService).constructor.name');
  });

  it('keeps its lines nowhere without a data folder', async () => {
    const none = join(folder, 'none');
    const terminal = openTerminal('shell', database.url, { DATA_DIR: none });
    await terminal.answer(/> /, '40 + 2');
    await terminal.answer(/42/, '.exit');
    expect(await terminal.exitCode).toBe(0);
    expect(() => statSync(none)).toThrow('ENOENT');
  });
});
