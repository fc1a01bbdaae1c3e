import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD_CHARACTERS } from '../../src/passwords/password-bounds.js';
import { PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { eventually } from '../support/process.js';
import { openTerminal } from '../support/terminal.js';

// The first administrator has to get in without an email: `mandatory` holds for everybody else.
describe('createsuperuser', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ EMAIL_VERIFICATION: 'mandatory' });
  });
  afterAll(() => app.close());

  const cli = commandLine();
  const command = (args: string[], variables: Record<string, string> = {}) =>
    cli(['createsuperuser', ...args], { ...testVariables(app.database.url), ...variables });

  it('--noinput adds one from the environment, who may do everything', async () => {
    const result = await command(['--noinput'], {
      SUPERUSER_USERNAME: 'root',
      SUPERUSER_EMAIL: 'root@example.com',
      SUPERUSER_PASSWORD: PASSWORD,
    });
    expect(result).toEqual({ code: 0, output: 'Superuser root was created.' });
    const { user } = await signIn(app.http, 'root');
    expect(user).toMatchObject({ isSuperuser: true, emailVerified: true });
    expect(user.permissions).toContain('users.delete');
  });

  it('--noinput lets options win over the environment', async () => {
    const result = await command(['--noinput', '--username', 'boss', '--email', 'b@example.com'], {
      SUPERUSER_USERNAME: 'ignored',
      SUPERUSER_PASSWORD: PASSWORD,
    });
    expect(result).toEqual({ code: 0, output: 'Superuser boss was created.' });
  });

  it('--noinput cuts one line break at the end of a password, which no form can take', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-superuser-'));
    try {
      const account = (name: string) => ({
        SUPERUSER_USERNAME: name,
        SUPERUSER_EMAIL: `${name}@example.com`,
      });
      const file = join(folder, 'password');
      writeFileSync(file, `${PASSWORD}\n`);
      const ways = {
        plain: { SUPERUSER_PASSWORD: `${PASSWORD}\n` },
        windows: { SUPERUSER_PASSWORD: `${PASSWORD}\r\n` },
        mounted: { SUPERUSER_PASSWORD_FILE: file },
      };
      for (const [name, password] of Object.entries(ways)) {
        const result = await command(['--noinput'], { ...account(name), ...password });
        expect(result).toEqual({ code: 0, output: `Superuser ${name} was created.` });
        expect((await signIn(app.http, name)).user.username).toBe(name);
      }
      for (const password of [`${PASSWORD}\n\n`, `\t${PASSWORD}`, `${PASSWORD}\u0085`]) {
        const result = await command(['--noinput'], {
          ...account('typed'),
          SUPERUSER_PASSWORD: password,
        });
        expect(result).toEqual({ code: 1, output: `password: ${PASSWORD_CHARACTERS.message}` });
      }
      const missing = await command(['--noinput'], {
        ...account('typed'),
        SUPERUSER_PASSWORD_FILE: join(folder, 'none'),
      });
      expect(missing.code).toBe(1);
      expect(missing.output).toContain('SUPERUSER_PASSWORD_FILE names a file that does not exist.');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('--noinput says everything that is wrong and adds nobody', async () => {
    const before = await app.database.fingerprint();
    const result = await command(['--noinput'], {
      SUPERUSER_USERNAME: 'a b',
      SUPERUSER_PASSWORD: '1234567',
    });
    expect(result.code).toBe(1);
    expect(result.output.split('\n')).toEqual([
      'username: The username may contain only letters, digits and @ . + - _.',
      'email: This field is required.',
      'password: This password is too short. It must contain at least 8 characters.',
      'password: This password is too common.',
      'password: This password is entirely numeric.',
    ]);
    const taken = await command(['--noinput', '--username', 'ROOT', '--email', 'x@example.com'], {
      SUPERUSER_PASSWORD: PASSWORD,
    });
    expect(taken).toEqual({
      code: 1,
      output: 'username: A user with that username already exists.',
    });
    const looks = await command(['--noinput', '--username', 'r00t', '--email', 'x@example.com'], {
      SUPERUSER_PASSWORD: PASSWORD,
    });
    expect(looks).toEqual({
      code: 1,
      output: 'username: A user with a username that looks like this one already exists.',
    });
    expect(await app.database.fingerprint()).toBe(before);
  });

  it('proves the address: takes it from accounts that claim it, not from one that has proven it', async () => {
    const claimed = await register(app.http);
    const SUPERUSER_PASSWORD = PASSWORD;
    const add = (username: string) =>
      command(['--noinput', '--username', username, '--email', claimed.email.toUpperCase()], {
        SUPERUSER_PASSWORD,
      });
    expect(await add('first')).toEqual({ code: 0, output: 'Superuser first was created.' });
    expect(await app.database.sql('SELECT email FROM users WHERE id = $1', [claimed.id])).toEqual([
      { email: '' },
    ]);
    const events = await app.database.sql(
      `SELECT action FROM audit_events WHERE origin = 'cli'
       AND subject_id IN (SELECT id::text FROM users WHERE username = 'first' OR id = $1)
       ORDER BY id`,
      [claimed.id],
    );
    expect(events).toEqual([
      { action: 'user.created' },
      { action: 'user.email_claim_ended' },
      { action: 'user.email_verified' },
    ]);
    const before = await app.database.fingerprint();
    expect(await add('second')).toEqual({
      code: 1,
      output: 'email: The account first has proven this address.',
    });
    expect(await app.database.fingerprint()).toBe(before);
  });

  it('in a terminal asks again until the answers are right, and hides the password', async () => {
    const { answer, output, exitCode } = openTerminal('createsuperuser', app.database.url);
    await answer(/Username:/, 'ann');
    await answer(/Email address:/, 'ann@example.com');
    await answer(/Password:/, PASSWORD);
    await answer(/Password \(again\):/, 'something else');
    await answer(/did not match[^]*Password:/, '12345678');
    await answer(/Password \(again\):/, '12345678');
    await answer(/Bypass password validation\?/, 'n');
    await answer(/Password:/, PASSWORD);
    await answer(/Password \(again\):/, PASSWORD);
    await eventually(() => output().includes('Superuser ann was created.'), 'created');
    expect(output()).not.toContain(PASSWORD);
    expect(await exitCode).toBe(0);
    expect((await signIn(app.http, 'ann')).user.isSuperuser).toBe(true);
  });

  it('without a terminal says what to use instead', async () => {
    const result = await command([]);
    expect(result.code).toBe(1);
    expect(result.output).toContain('There is no terminal to ask in. Use --noinput');
  });
});
