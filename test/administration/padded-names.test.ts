import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register } from '../support/accounts.js';
import { superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { Visitor } from '../support/visitor.js';

/** Every white space of Unicode, and what keyboards, clipboards and address books add without showing it. */
const SPACES = characters(/\p{White_Space}/u);
const UNSEEN =
  '\u200B\u200C\u200D\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2066\u2067\u2068\u2069\uFEFF\u00AD';
/** All of them in one text: one that is left over fails as any would. */
const PADDING = SPACES + UNSEEN;
/** In an address a line break is an attack (A47). */
const OF_A_LINE = PADDING.replaceAll(/[\n\v\f\r\x85\u2028\u2029]/g, '');

describe('spaces around a name', () => {
  let app: TestApp;
  let boss: Session;
  const cli = commandLine();
  beforeAll(async () => {
    app = await startApp({ THROTTLE_SCALE: '1' });
    boss = await superuserSession(app);
  });
  afterAll(() => app.close());

  const post = async (path: string, body: object) => (await app.http.post(path, body)).status;
  const padded = (text: string) => `${OF_A_LINE}${text}${OF_A_LINE}`;
  const found = async (path: string, query: Record<string, string>) => {
    const asked = new URLSearchParams(query).toString();
    const { status, body, text } = await boss.http.get<{ items: { id: string }[] }>(
      `${path}?${asked}`,
    );
    expect({ status, text }).toEqual({ status: 200, text });
    return body.items.map(({ id }) => id);
  };

  it('keep nobody out, by the API or the page, and are no guess', async () => {
    expect(SPACES.length).toBeGreaterThanOrEqual(25);
    const { username, email } = await register(app.http);
    for (const name of [username, email]) {
      for (const padding of [' ', '\u00A0', '\u3000', '\u200B', PADDING]) {
        for (const typed of [`${name}${padding}`, `${padding}${name}`]) {
          const status = await post('/api/auth/login', { username: typed, password: PASSWORD });
          expect({ typed, status }).toEqual({ typed, status: 200 });
        }
      }
      const credentials = { username: PADDING + name + PADDING, password: PASSWORD };
      const page = await new Visitor(app.http).post('/accounts/login', credentials);
      expect(page.status).toBe(303);
    }
    expect(
      await app.database.sql(
        `SELECT FROM audit_events WHERE action IN ('user.sign_in_failed', 'limit.reached')`,
      ),
    ).toEqual([]);
  });

  it('are part of a password', async () => {
    const { username } = await register(app.http);
    for (const password of [`${PASSWORD} `, ` ${PASSWORD}`, `${PASSWORD}\u00A0`]) {
      expect(await post('/api/auth/login', { username, password })).toBe(401);
    }
  });

  it('are not stored when an account is opened or changed, and make no second name', async () => {
    const [username, email] = [newUsername(), `${newUsername()}@example.com`];
    const body = {
      username: PADDING + username + PADDING,
      email: padded(email),
      password: PASSWORD,
    };
    const answer = await app.http.post<{ id: string }>('/api/auth/register', body);
    expect({ status: answer.status, body: answer.body }).toMatchObject({
      status: 201,
      body: { username, email },
    });
    expect(await post('/api/auth/register', body)).toBe(409);
    const renamed = newUsername();
    const change = {
      username: PADDING + renamed + PADDING,
      email: padded(`${renamed}@example.com`),
    };
    const changed = await boss.http.patch(`/api/users/${answer.body.id}`, change);
    expect(changed.body).toMatchObject({ username: renamed, email: `${renamed}@example.com` });
  });

  it('do not hide an account from a reset, a search or a filter', async () => {
    const { id, username, email } = await register(app.http);
    expect(await post('/api/account/password/reset', { email: padded(email) })).toBe(202);
    await app.database.settled();
    const { text } = await app.http.get('/dev/mailbox', { accept: 'text/html' });
    expect(text).toContain(email);
    const roles = { roles: ['\u00A0admin\u3000'] };
    expect((await boss.http.put(`/api/users/${id}/roles`, roles)).status).toBe(200);
    expect(await found('/api/users', { search: padded(username) })).toEqual([id]);
    expect(await found('/api/users', { search: padded(email) })).toEqual([id]);
    expect(await found('/api/users', { role: '\u3000ａdmin ', search: username })).toEqual([id]);
    const events = { actorId: padded(boss.user.id), action: padded('user.roles_changed') };
    expect(await found('/api/audit-events', events)).toHaveLength(1);
    const subject = { subjectType: padded('user'), subjectId: padded(id.toUpperCase()) };
    expect((await found('/api/audit-events', subject)).length).toBeGreaterThan(0);
  });

  it('do not matter on the command line', async () => {
    const { username, email } = await register(app.http);
    const command = (...words: string[]) => cli(words, testVariables(app.database.url));
    const inactive = await command('users', 'deactivate', padded(email));
    expect(inactive.output).toBe(`${username} is inactive now.`);
    const active = await command('users', 'activate', padded(username));
    expect(active.output).toBe(`${username} is active now.`);
    const list = await command('users', 'list', '--search', padded(username));
    expect(list.output).toContain(email);
    const root = newUsername();
    const variables = {
      ...testVariables(app.database.url),
      SUPERUSER_USERNAME: padded(root),
      SUPERUSER_EMAIL: padded(`${root}@example.com`),
      SUPERUSER_PASSWORD: PASSWORD,
    };
    const created = await cli(['createsuperuser', '--noinput'], variables);
    expect(created).toEqual({ code: 0, output: `Superuser ${root} was created.` });
    const rows = await app.database.sql('SELECT email FROM users WHERE username = $1', [root]);
    expect(rows).toEqual([{ email: `${root}@example.com` }]);
  });

  it('are no different from the other form of a letter: a name signs in in each form', async () => {
    const email = `ju\u0308rgen.${newUsername()}@bu\u0308cher.example`;
    const account = await register(app.http, { email });
    expect(account.email).toBe(email.normalize('NFC'));
    const wide = (name: string) => name.replace(/^[a-z]/, (letter) => wideOf(letter));
    for (const username of [email, wide(email), wide(account.username)]) {
      const status = await post('/api/auth/login', { username, password: PASSWORD });
      expect({ username, status }).toEqual({ username, status: 200 });
    }
  });
});

function characters(property: RegExp): string {
  return Array.from({ length: 0x3001 }, (_, code) => String.fromCharCode(code))
    .filter((one) => property.test(one))
    .join('');
}

/** The same letter in full width. */
function wideOf(letter: string): string {
  return String.fromCodePoint(letter.codePointAt(0)! + 0xfee0);
}
