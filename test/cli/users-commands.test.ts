import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueToken, newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import type { Problem } from '../../src/http/problem.js';
import { browserOf } from '../support/page-cookies.js';
import { eventually } from '../support/process.js';
import { openTerminal } from '../support/terminal.js';

const NEW_PASSWORD = 'a brand new passphrase';

// Beside the running application, on its database.
describe('commands about users', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const cli = commandLine();
  const command = (...words: string[]) => cli(words, testVariables(app.database.url));
  const latestEvent = async () => {
    const [event] = await app.database.sql(
      'SELECT action, origin, subject_id AS subject FROM audit_events ORDER BY id DESC LIMIT 1',
    );
    return event;
  };

  it('users list shows them by username, narrowed by words, role and state', async () => {
    const ann = await register(app.http, { username: 'ann', email: 'ann@example.com' });
    await register(app.http, { username: 'Bob', email: 'bob@example.org' });
    await app.database.sql(
      'UPDATE users SET is_active = false, is_superuser = true WHERE id = $1',
      [ann.id],
    );
    await app.database.sql(`INSERT INTO user_roles SELECT $1, id FROM roles`, [ann.id]);
    const annLine = 'ann\tann@example.com\tinactive, superuser, admin';
    expect(await command('users', 'list')).toEqual({
      code: 0,
      output: `${annLine}\nBob\tbob@example.org`,
    });
    const narrowed = ['--search', 'ANN', '--role', 'admin', '--inactive'];
    expect((await command('users', 'list', ...narrowed)).output).toBe(annLine);
    expect((await command('users', 'list', '--role', 'nothing')).output).toBe('');
  });

  it('users deactivate ends all sessions, activate lets in again', async () => {
    const { http, username, user } = await newSession(app.http);
    expect(await command('users', 'deactivate', username)).toEqual({
      code: 0,
      output: `${username} is inactive now.`,
    });
    await eventually(async () => (await http.get('/api/auth/session')).status === 401, 'ended');
    expect(await latestEvent()).toEqual({
      action: 'user.deactivated',
      origin: 'cli',
      subject: user.id,
    });
    expect(await command('users', 'activate', `${username}@example.com`)).toEqual({
      code: 0,
      output: `${username} is active now.`,
    });
    expect((await signIn(app.http, username)).user.id).toBe(user.id);
    // No name is nobody's, not that of whoever has lost an address.
    await app.database.sql(`UPDATE users SET email = '', email_key = '' WHERE id = $1`, [user.id]);
    expect(await command('users', 'deactivate', '')).toEqual({
      code: 1,
      output: 'There is no user .',
    });
    expect(await command('users', 'deactivate', 'nobody')).toEqual({
      code: 1,
      output: 'There is no user nobody.',
    });
  });

  it('users deactivate leaves the last superuser alone', async () => {
    const { username, id } = await register(app.http);
    await app.database.sql('UPDATE users SET is_superuser = (id = $1)', [id]);
    expect(await command('users', 'deactivate', username)).toEqual({
      code: 1,
      output: 'This is the last active superuser. Make another one first.',
    });
  });

  it('users verify-email proves an address once, and only a free one', async () => {
    const { user, username, http } = await newSession(app.http);
    const { id: rival, username: rivalName } = await register(app.http, { email: user.email });
    const verify = (name: string) => command('users', 'verify-email', name);
    expect(await verify(username)).toEqual({
      code: 0,
      output: `The address ${user.email} of ${username} is proven now.`,
    });
    const [event] = await app.database.sql(
      `SELECT origin FROM audit_events WHERE action = 'user.email_verified' AND subject_id = $1`,
      [user.id],
    );
    expect(event).toEqual({ origin: 'cli' });
    await eventually(async () => (await http.get('/api/auth/session')).status === 401, 'ended');
    expect((await signIn(app.http, username)).user.emailVerified).toBe(true);

    const before = await app.database.fingerprint();
    expect(await verify(user.email)).toEqual({
      code: 0,
      output: `The address ${user.email} of ${username} was proven before.`,
    });
    expect((await verify(rivalName)).output).toBe('This account has no email address.');
    expect(await app.database.fingerprint()).toBe(before);
    // As an import of a product may leave them.
    await app.database.sql(
      'UPDATE users SET email = $2::text, email_key = $2::text WHERE id = $1',
      [rival, user.email],
    );
    expect(await verify(rivalName)).toEqual({
      code: 1,
      output: `The account ${username} has proven this address.`,
    });
    await command('users', 'deactivate', rivalName);
    expect((await verify(rivalName)).output).toBe('This account is inactive. Activate it first.');
  });

  it('users alone shows what there is', async () => {
    const { code, output } = await command('users');
    expect(code).toBe(2);
    for (const word of ['list', 'activate', 'deactivate', 'verify-email'])
      expect(output).toContain(word);
  });

  it('changepassword asks twice, holds to the rules and ends the sessions', async () => {
    const { http, username, user } = await newSession(app.http);
    const { answer, output, exitCode } = openTerminal(
      `changepassword ${username}`,
      app.database.url,
    );
    await answer(/Changing the password of user\d+[^]*Password:/, NEW_PASSWORD);
    await answer(/Password \(again\):/, 'something else');
    await answer(/did not match[^]*Password:/, username);
    await answer(/Password \(again\):/, username);
    await answer(/too similar to the username[^]*Bypass/, 'n');
    await answer(/Password:/, NEW_PASSWORD);
    await answer(/Password \(again\):/, NEW_PASSWORD);
    expect(await exitCode).toBe(0);
    expect(output()).toContain(`The password of ${username} was changed.`);
    expect(output()).not.toContain(NEW_PASSWORD);
    await eventually(async () => (await http.get('/api/auth/session')).status === 401, 'ended');
    expect(await latestEvent()).toEqual({
      action: 'user.password_changed',
      origin: 'cli',
      subject: user.id,
    });
    const old = { username, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', old)).status).toBe(401);
    expect((await signIn(app.http, username, NEW_PASSWORD)).user.id).toBe(user.id);
  });

  it('changepassword gives up after three tries, and changes nothing', async () => {
    const { username } = await register(app.http);
    const before = await app.database.fingerprint();
    const { answer, output, exitCode } = openTerminal(
      `changepassword ${username}`,
      app.database.url,
    );
    for (let attempt = 0; attempt < 2; attempt++) {
      await answer(/Password:/, NEW_PASSWORD);
      await answer(/Password \(again\):/, 'something else');
    }
    // No form could take this one, so the rule cannot be bypassed.
    await answer(/Password:/, 'maple-\u0085river-93');
    await answer(/Password \(again\):/, 'maple-\u0085river-93');
    expect(await exitCode).toBe(1);
    expect(output()).toMatch(/cannot be typed in a form(?![^]*Bypass)/);
    expect(output()).toContain('The password stays as it was.');
    expect(await app.database.fingerprint()).toBe(before);
    expect((await command('changepassword', username)).output).toContain('no terminal');
    expect((await command('changepassword', 'nobody')).output).toBe('There is no user nobody.');
  });

  it('clearsessions deletes what has ended or expired, and nothing else [ASVS 14.2.7]', async () => {
    await app.database.sql('DELETE FROM sessions');
    const alive = await newSession(app.http);
    const ended = await newSession(app.http);
    await ended.http.post('/api/auth/logout');
    for (const column of ['idle_expires_at', 'absolute_expires_at']) {
      const { user } = await newSession(app.http);
      await app.database.sql(`UPDATE sessions SET ${column} = now() WHERE user_id = $1`, [user.id]);
    }
    await app.database.sql('DELETE FROM one_time_tokens');
    await issueToken(app.database, 'prove_email', alive.user);
    await issueToken(app.database, 'reset_password', alive.user);
    await app.database.sql(
      `UPDATE one_time_tokens SET expires_at = now() WHERE purpose = 'reset_password'`,
    );
    await app.database.settled();
    await app.database.sql(`UPDATE mails SET delivered_at = now() - interval '31 days'
      WHERE id = (SELECT id FROM mails LIMIT 1)`);
    const expectSwept = async (output: string) =>
      expect(await command('clearsessions')).toEqual({ code: 0, output });
    await expectSwept('Deleted: sessions 3, links 1, mails 1, accounts 0.');
    expect((await alive.http.get('/api/auth/session')).status).toBe(200);
  });

  it('sessions end --all ends every session, by access token, refresh token and cookie [ASVS 7.4.5]', async () => {
    const [ann, bob] = [await newSession(app.http), await newSession(app.http)];
    const open = await issueToken(app.database, 'prove_email', ann.user);
    const isSignedIn = async () => {
      const { cookie } = browserOf(bob.accessToken);
      const page = await app.http.get('/accounts/profile', { accept: 'text/html', cookie });
      const answers = [await ann.http.get('/api/auth/session'), page];
      return answers.map(({ status }) => status === 200);
    };
    expect(await isSignedIn()).toEqual([true, true]);
    const { code, output } = await command('sessions', 'end', '--all', '--yes');
    expect(output).toMatch(/^Ended: sessions \d+\.$/);
    expect(code).toBe(0);
    await eventually(async () => !(await isSignedIn()).includes(true), 'ended');
    for (const { refreshToken } of [ann, bob]) {
      expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(401);
    }
    expect(await latestEvent()).toEqual({
      action: 'sessions.ended',
      origin: 'cli',
      subject: 'all',
    });
    // Links are in mailboxes, and most people need theirs.
    const link = { token: open, password: PASSWORD };
    expect((await app.http.post('/api/account/email/verify', link)).status).toBe(204);
    expect((await signIn(app.http, ann.username)).user.id).toBe(ann.user.id);
  });

  it('sessions end --all --links also ends every link that was emailed', async () => {
    const { user } = await newSession(app.http);
    const link = { token: await issueToken(app.database, 'reset_password', user) };
    const { output } = await command('sessions', 'end', '--all', '--links', '--yes');
    expect(output).toMatch(/^Ended: sessions \d+, links [1-9]\d*\.$/);
    const reset = { ...link, newPassword: NEW_PASSWORD };
    const answer = await app.http.post<Problem>('/api/account/password/reset/confirm', reset);
    expect(answer.body.code).toBe('invalid_link');
    expect(await app.database.sql('SELECT FROM one_time_tokens')).toEqual([]);
    expect(
      await app.database.sql(`SELECT FROM audit_events WHERE action = 'links.ended'`),
    ).toHaveLength(1);
  });

  it('sessions end asks in a terminal, and does nothing without consent or --all', async () => {
    const { http } = await newSession(app.http);
    const before = await app.database.fingerprint();
    const { answer, output, exitCode } = openTerminal('sessions end --all', app.database.url);
    await answer(/End all sessions of all accounts\?/, 'n');
    expect(await exitCode).toBe(1);
    expect(output()).toContain('Nothing was ended.');
    expect(await command('sessions', 'end', '--yes')).toMatchObject({ code: 1 });
    const silent = await command('sessions', 'end', '--all', '--links');
    expect(silent).toEqual({
      code: 1,
      output: 'There is no terminal to ask in. Add --yes to end all sessions.',
    });
    expect(await app.database.fingerprint()).toBe(before);
    expect((await http.get('/api/auth/session')).status).toBe(200);
  });
});
