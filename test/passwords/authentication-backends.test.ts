import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type {
  AuthenticationBackend,
  Credentials,
} from '../../src/passwords/authentication-backend.js';
import type { User } from '../../src/users/user.entity.js';
import { newUsername, PASSWORD } from '../support/accounts.js';
import { built } from '../support/built.js';
import { countHashes } from '../support/hash-counter.js';
import { type Answer, problem } from '../support/http.js';
import { each, from, limitedApp, newIp, seen, statuses, times, WRONG } from '../support/limits.js';
import { browserOf } from '../support/page-cookies.js';

const { AuthenticationBackends } = await built<
  typeof import('../../src/passwords/authentication-backends.js')
>('src/passwords/authentication-backends.js');
const { Admission } =
  await built<typeof import('../../src/users/admission.js')>('src/users/admission.js');
const { DataSource } = await built<typeof import('typeorm')>('typeorm');
const { UsersService } = await built<typeof import('../../src/users/users.service.js')>(
  'src/users/users.service.js',
);

const SECRET = 'what the directory knows';

type Outcome = User | 'not_mine' | 'refused';

/** Somebody else who knows passwords. */
class Directory implements AuthenticationBackend {
  readonly amr = ['pwd', 'directory'];
  /** Whom it has been asked about. */
  readonly asked: Credentials[] = [];
  answer: (credentials: Credentials) => Promise<Outcome> = async () => 'not_mine';

  async authenticate(credentials: Credentials): Promise<Outcome> {
    this.asked.push(credentials);
    return this.answer(credentials);
  }
}

describe('the ways to authenticate', () => {
  const limited = limitedApp();
  const { login, newAccount, events, failuresOf } = limited;
  let backends: AuthenticationBackend[];
  let directory: Directory;
  beforeEach(() => {
    const list = limited.app.nest.get<object>(AuthenticationBackends, { strict: false });
    backends = Reflect.get(list, 'backends') as AuthenticationBackend[];
    directory = new Directory();
    backends.push(directory);
  });
  afterEach(() => {
    backends.splice(0, Infinity, ...backends.filter((one) => !(one instanceof Directory)));
  });

  const down = () => Promise.reject(new Error('connect ECONNREFUSED'));
  const users = () => limited.app.nest.get(UsersService, { strict: false });

  /** An account that has no password here; the directory, which knows it, has one. */
  async function newPerson() {
    const username = newUsername();
    const email = `${username}@example.com`;
    const { id } = await limited.app.nest
      .get(DataSource, { strict: false })
      .transaction((tx) => users().create(tx, { username, email }, Admission.unasked(email)));
    directory.answer = async ({ account, password }) => {
      if (account?.id !== id) return 'not_mine';
      return password === SECRET ? (await users().findById(id))! : 'refused';
    };
    return { id, username, email };
  }

  it('are asked in order, and none after the one that knows whose the password is', async () => {
    const local = await newAccount();
    const person = await newPerson();
    expect((await login(local.username, PASSWORD)).status).toBe(200);
    expect(directory.asked).toEqual([]);
    const answer = await login(person.username, SECRET);
    expect(answer.status).toBe(200);
    const [session] = await limited.app.database.sql(
      'SELECT amr FROM sessions WHERE user_id = $1',
      [person.id],
    );
    expect(session).toEqual({ amr: ['pwd', 'directory'] });
    backends.unshift(...backends.splice(1));
    expect((await login(person.email, SECRET)).status).toBe(200);
    expect((await login(local.username, PASSWORD)).status).toBe(200);
  });

  it('stop at the one that refuses, and nobody else gets to see the password', async () => {
    const { username, id } = await newAccount();
    expect((await login(username, WRONG)).status).toBe(401);
    expect(directory.asked).toHaveLength(1);
    expect(JSON.stringify(directory.asked[0])).not.toMatch(new RegExp(`${WRONG}|${username}`));
    expect(directory.asked[0]!.account).toBeNull();
    directory.answer = async () => 'refused';
    backends.unshift(backends.pop()!);
    const hashes = countHashes(limited.app.nest);
    expect((await login(username, PASSWORD)).status).toBe(401);
    expect(hashes.count).toBe(1);
    expect((await events('user.sign_in_failed', id)).at(-1)!.reason).toBe('wrong_password');
  });

  it.each(['last', 'first'])(
    'say the same after the same work to all whom they do not let in, with another one %s [ASVS 6.3.8] [A01]',
    async (place) => {
      const [active, inactive, unlinked] = [
        await newAccount(),
        await newAccount(),
        await newAccount(),
      ];
      const limitedOne = await newAccount();
      const person = await newPerson();
      if (place === 'first') backends.unshift(backends.pop()!);
      await limited.app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [
        inactive.id,
      ]);
      await limited.app.database.sql(`UPDATE users SET password_hash = '!' WHERE id = $1`, [
        unlinked.id,
      ]);
      await each(5, () => login(limitedOne.username, WRONG));
      const hashes = countHashes(limited.app.nest);
      const answers: Answer[] = [];
      for (const [name, password] of [
        ['nobody-at-all', PASSWORD],
        [active.username, WRONG],
        [active.email, WRONG],
        [inactive.username, PASSWORD],
        [unlinked.username, PASSWORD],
        [person.username, WRONG],
        [limitedOne.email, PASSWORD],
      ] as const) {
        hashes.count = 0;
        directory.asked.length = 0;
        answers.push(await login(name, password));
        expect({ name, hashes: hashes.count, asked: directory.asked.length }).toEqual({
          name,
          hashes: 1,
          asked: 1,
        });
      }
      expect(statuses(answers)).toEqual(times(7, 401));
      for (const answer of answers) expect(seen(answer)).toEqual(seen(answers[0]!));
    },
  );

  it('share the limits: what is refused before anybody looks, and what silently is no guess [ASVS 6.3.1]', async () => {
    const person = await newPerson();
    const answers = await each(6, () => login(person.username, WRONG));
    expect(statuses(answers)).toEqual([...times(5, 401), 429]);
    expect(directory.asked).toHaveLength(5);
    // Under its other name the account has had its guesses all the same.
    expect((await login(person.email, SECRET)).status).toBe(401);
    expect(directory.asked.at(-1)).toMatchObject({ account: null });
    expect((await events('user.sign_in_failed', person.id)).at(-1)!.reason).toBe('limit_reached');
    const ip = newIp();
    await each(10, () => login(newUsername(), WRONG, ip));
    expect((await login(newUsername(), WRONG, ip)).status).toBe(429);
    // The row of wrong passwords is that of passwords that are kept, and can be reset, here.
    expect(await failuresOf(person.id)).toBe(0);
  });

  it('keep working when one of them is down, which lets nobody in and says the same to all others [ASVS 16.5.3]', async () => {
    const local = await newAccount();
    const person = await newPerson();
    directory.answer = down;
    for (const place of ['last', 'first']) {
      if (place === 'first') backends.unshift(backends.pop()!);
      expect((await login(local.username, PASSWORD)).status).toBe(200);
      const answers = [
        await login(person.username, SECRET),
        await login(local.username, WRONG),
        await login(newUsername(), WRONG),
      ];
      expect(problem(answers[0]!)).toMatchObject({
        status: 503,
        code: 'service_unavailable',
        detail:
          'Not everybody who may know this password can be asked. Try again in a few seconds.',
      });
      for (const answer of answers) expect(seen(answer)).toEqual(seen(answers[0]!));
      expect(answers[0]!.headers.get('retry-after')).toBe('5');
    }
    expect((await events('user.sign_in_failed', person.id)).map(({ reason }) => reason)).toEqual([
      'backend_unavailable',
      'backend_unavailable',
    ]);
    // Guesses count meanwhile, for all alike: a wrong one of these would have been found out.
    for (const name of [local.username, person.username, newUsername()]) {
      const guesses = await each(6, () => login(name, WRONG));
      expect(guesses.at(-1)!.status).toBe(429);
    }
  });

  it('let nobody in by throwing whatever they throw, nor by answering nonsense [ASVS 16.5.3]', async () => {
    const { username } = await newPerson();
    for (const [thrown, status] of [
      [new TypeError('not a function'), 503],
      ['a string', 503],
      [undefined, 503],
    ] as const) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a host may do
      directory.answer = () => Promise.reject(thrown);
      expect((await login(username, SECRET)).status).toBe(status);
    }
    for (const nonsense of [undefined, null, true, {}, { id: 'x', isActive: true }]) {
      directory.answer = async () => nonsense as never;
      expect((await login(newUsername(), SECRET)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('let no inactive account in, whoever knows its password', async () => {
    const { username, id } = await newPerson();
    await limited.app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
    expect((await login(username, SECRET)).status).toBe(401);
    expect((await events('user.sign_in_failed', id)).at(-1)!.reason).toBe('inactive_account');
  });

  describe('for somebody who is signed in', () => {
    const ask = (http: typeof limited.app.http, path: string, body: object) =>
      http.send('POST', `/api/account/${path}`, body, from(newIp()));

    async function newSession() {
      const person = await newPerson();
      const { body } = await login(person.username, SECRET);
      const token = String(body.accessToken);
      return { ...person, token, http: limited.app.http.as(token) };
    }

    it('ask again for a recent sign-in, and open another session of the same kind', async () => {
      const { token, id } = await newSession();
      const { cookie, formToken } = browserOf(token);
      const again = (password: string) =>
        limited.app.http.post(
          '/accounts/reauthenticate',
          new URLSearchParams({ password, _token: formToken }).toString(),
          {
            ...from(newIp()),
            'content-type': 'application/x-www-form-urlencoded',
            'sec-fetch-site': 'same-origin',
            accept: 'text/html',
            cookie,
          },
        );
      expect((await again(WRONG)).status).toBe(422);
      expect((await again(SECRET)).status).toBe(303);
      const sessions = await limited.app.database.sql(
        'SELECT amr FROM sessions WHERE user_id = $1 AND ended_at IS NULL',
        [id],
      );
      expect(sessions).toEqual([{ amr: ['pwd', 'directory'] }]);
      expect((await events('user.password_proof_failed', id))[0]!.reason).toBe('wrong_password');
    });

    it('never take somebody else’s password for theirs', async () => {
      const { http, email } = await newSession();
      const other = await newAccount();
      directory.answer = async () => users().findById(other.id) as Promise<User>;
      const body = { newEmail: `new-${email}`, currentPassword: PASSWORD };
      expect((await ask(http, 'email/change', body)).status).toBe(422);
    });

    it('prove what asks for the password, but leave no password here by a change of it', async () => {
      const { http, id, email } = await newSession();
      const currentPassword = SECRET;
      const newEmail = `new-${email}`;
      expect((await ask(http, 'email/change', { newEmail, currentPassword })).status).toBe(202);
      const newPassword = 'a brand new passphrase';
      const change = await ask(http, 'password/change', { currentPassword, newPassword });
      expect(problem(change)).toMatchObject({
        status: 409,
        detail: 'The password of this account is kept elsewhere. Change it there.',
      });
      const [row] = await limited.app.database.sql(
        'SELECT password_hash AS hash FROM users WHERE id = $1',
        [id],
      );
      expect(row!.hash).toMatch(/^!/);
      const gone = await http.send('DELETE', '/api/users/me', { currentPassword }, from(newIp()));
      expect(gone.status).toBe(204);
    });
  });
});
