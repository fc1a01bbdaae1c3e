import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VERSION } from '../../src/common/version.js';
import { testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { run, startInstance } from '../support/process.js';

const { COMMANDS, GROUPS } =
  await built<typeof import('../../src/cli/commands.js')>('src/cli/commands.js');

/** The words that name each command, with what it needs. */
const WORDS: Record<string, string[]> = {
  AuditVerifyCommand: ['audit', 'verify'],
  ChangePasswordCommand: ['changepassword', 'ann'],
  CheckCommand: ['check'],
  ClearSessionsCommand: ['clearsessions'],
  CreateSuperuserCommand: ['createsuperuser', '--noinput'],
  ExplainCommand: ['explain', 'ann', 'users.view'],
  KeysListCommand: ['keys', 'list'],
  KeysRevokeCommand: ['keys', 'revoke', 'x'],
  KeysRotateCommand: ['keys', 'rotate'],
  EmailFailedCommand: ['mail', 'failed'],
  EmailRetryCommand: ['mail', 'retry'],
  MigrateCommand: ['migrate'],
  MigrationGenerateCommand: ['migration:generate', 'AddThings'],
  MigrationRevertCommand: ['migration:revert'],
  MigrationsCommand: ['migrations'],
  OpenapiCommand: ['openapi'],
  PsqlCommand: ['psql'],
  RoutesCommand: ['routes'],
  SeedCommand: ['seed'],
  ShellCommand: ['shell', '--command', '1'],
  SessionsEndCommand: ['sessions', 'end', '--all', '--yes'],
  UsersActivateCommand: ['users', 'activate', 'ann'],
  UsersDeactivateCommand: ['users', 'deactivate', 'ann'],
  UsersListCommand: ['users', 'list'],
  UsersVerifyEmailCommand: ['users', 'verify-email', 'ann'],
  WorkerCommand: ['worker'],
  AuditCommand: ['audit'],
  KeysCommand: ['keys'],
  EmailCommand: ['mail'],
  SessionsCommand: ['sessions'],
  UsersCommand: ['users'],
};
const wordsOf = ({ name }: { name: string }) => WORDS[name]!;
const classes = [...COMMANDS.keys(), ...GROUPS];
const readers = [...COMMANDS].filter(([, { database }]) => database === 'read');
const writers = [...COMMANDS].filter(([, { database }]) => database === 'start');

describe('the command line and the schema', () => {
  const cli = commandLine();
  let empty: TestDatabase;
  beforeAll(async () => {
    empty = await createDatabase('template0');
  });
  afterAll(() => empty.close());

  const tables = () => empty.sql(`SELECT FROM pg_tables WHERE schemaname = 'public'`);

  it('knows the words of every command', () => {
    expect(classes.map(({ name }) => name).toSorted()).toEqual(Object.keys(WORDS).toSorted());
  });

  it('answers questions and mistakes without a configuration, and touches no database', async () => {
    // Nothing else that production needs.
    const variables = { NODE_ENV: 'production', DATABASE_URL: empty.url };
    const version = await cli(['--version'], variables);
    expect(version).toEqual({ code: 0, output: VERSION });
    for (const command of classes) {
      const words = wordsOf(command);
      const help = await cli([...words, '--help'], variables);
      expect({ words, ...help }).toMatchObject({
        code: 0,
        output: expect.stringMatching(/^Usage:/),
      });
      const mistake = await cli([...words, '--oops'], variables);
      expect({ words, ...mistake }).toMatchObject({
        code: 2,
        output: expect.stringContaining('--oops'),
      });
    }
    for (const words of [['--help'], [], ['help', 'keys'], ['mistyped'], ['keys', 'mistyped']]) {
      const { output } = await cli(words, variables);
      expect(output).toMatch(/Usage:|unknown command/);
      expect(output).not.toMatch(/required in production|are pending/);
    }
    expect(await tables()).toEqual([]);
  });

  it('names pending migrations instead of applying them when a command only reads', async () => {
    for (const [command] of readers) {
      const { code, output } = await cli(wordsOf(command), testVariables(empty.url));
      expect({ command: command.name, code }).toEqual({ command: command.name, code: 1 });
      expect(output).toMatch(
        /^\d+ migrations are pending \(Foundation.*\)\. Apply them first: npm run cli -- migrate$/m,
      );
    }
    expect(await tables()).toEqual([]);
  });

  it('applies none with MIGRATE_ON_START=off, whatever the command', async () => {
    const variables = { ...testVariables(empty.url), MIGRATE_ON_START: 'off' };
    for (const [command] of writers.slice(0, 3)) {
      const { code, output } = await cli(wordsOf(command), variables);
      expect({ command: command.name, code }).toEqual({ command: command.name, code: 1 });
      expect(output).toContain('migrations are pending');
    }
    expect(await tables()).toEqual([]);
  });

  it('migrates once when two do so at once, and changes nothing the second time', async () => {
    const variables = { ...testVariables(empty.url), MIGRATE_ON_START: 'off' };
    const both = [0, 1].map(() => run('cli', ['migrate'], variables));
    expect(await Promise.all(both.map(({ exited }) => exited))).toEqual([0, 0]);
    const outputs = both.map(({ output }) => output());
    expect(outputs.filter((output) => output.includes('Applied Foundation'))).toHaveLength(1);
    for (const output of outputs) expect(output).toContain('The database is up to date.');
    const before = await empty.fingerprint();
    const again = await cli(['migrate'], variables);
    expect(again.code).toBe(0);
    expect(again.output).not.toContain('Applied');
    expect(await empty.fingerprint()).toBe(before);
    expect(await empty.sql(`SELECT FROM permissions WHERE codename = 'users.view'`)).toHaveLength(
      1,
    );
    // Now the rest works, too.
    const server = await startInstance(empty.url, { MIGRATE_ON_START: 'off' });
    expect((await cli(['keys', 'list'], variables)).code).toBe(0);
    expect(await server.stop()).toBe(0);
  });
});
