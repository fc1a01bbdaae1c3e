import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { sessionWith, superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Answer, problem } from '../support/http.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';

interface UserBody {
  id: string;
  username: string;
  email: string;
  emailVerified: boolean;
  isActive: boolean;
  isSuperuser: boolean;
  roles: string[];
  permissions: string[];
}

describe('administering users', () => {
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    app = await startApp();
    boss = await superuserSession(app);
    await app.database.sql(`INSERT INTO roles (name) VALUES ('proofreader'), ('guest')`);
    await app.database.sql(
      `INSERT INTO role_permissions SELECT id, 'roles.view' FROM roles WHERE name = 'proofreader'`,
    );
  });
  afterAll(() => app.close());

  const expectDenied = (answer: Answer<unknown>, missing: Record<string, unknown>) => {
    expect(answer.status).toBe(403);
    expect(problem(answer)).toMatchObject({ code: 'permission_denied', ...missing });
  };
  const unchanged = async (action: () => Promise<void>) => {
    const before = await app.database.fingerprint('audit_events');
    await action();
    expect(await app.database.fingerprint('audit_events')).toBe(before);
  };
  const setRoles = (session: Session, id: string, roles: string[]) =>
    session.http.put<UserBody>(`/api/users/${id}/roles`, { roles });
  const grant = (session: Session, id: string, permissions: string[]) =>
    session.http.put<UserBody>(`/api/users/${id}/permissions`, { permissions });

  it('adds an account without a password, for which nobody can sign in yet [ASVS 6.4.1]', async () => {
    const clerk = await sessionWith(app, ['users.add', 'users.view']);
    const username = newUsername();
    const added = await clerk.http.post<UserBody>('/api/users', {
      username,
      email: `${username}@example.com`,
      firstName: 'New',
    });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({
      username,
      firstName: 'New',
      isActive: true,
      isSuperuser: false,
      emailVerified: false,
      roles: [],
      permissions: [],
      lastLoginAt: null,
    });
    const { status, body } = await clerk.http.get<UserBody>(`/api/users/${added.body.id}`);
    expect({ status, body }).toEqual({ status: 200, body: added.body });
    const [row] = await app.database.sql<{ hash: string }>(
      'SELECT password_hash AS hash FROM users WHERE id = $1',
      [added.body.id],
    );
    expect(row!.hash).toMatch(/^![\w-]{40}$/);
    for (const password of ['', row!.hash, row!.hash.slice(1)]) {
      const answer = await app.http.post('/api/auth/login', { username, password });
      expect([401, 422]).toContain(answer.status);
    }
  });

  it('never sets or shows a password, or anything else that is not for an administrator [A83] [A89] [ASVS 6.4.6, 8.2.3, 15.3.3]', async () => {
    const { id } = await register(app.http);
    const columns = await app.database.sql<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'users'`,
    );
    const camel = (name: string) =>
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const own = new Set([
      'username',
      'email',
      'firstName',
      'lastName',
      'isActive',
      'isSuperuser',
      'roles',
      'permissions',
    ]);
    const names = new Set([
      ...columns.flatMap(({ name }) => [name, camel(name)]),
      ...['password', 'newPassword', 'emailVerified', 'userId', 'constructor'],
    ]);
    await unchanged(async () => {
      for (const name of [...names].filter((one) => !own.has(one))) {
        const fields = { username: newUsername(), email: 'new@example.com' };
        const answers = [
          await boss.http.patch(`/api/users/${id}`, { [name]: PASSWORD }),
          await boss.http.post('/api/users', { ...fields, [name]: PASSWORD }),
        ];
        for (const answer of answers) {
          expect({ name, status: answer.status }).toEqual({ name, status: 422 });
          expect(problem(answer).errors[0]).toMatchObject({ field: name, code: 'unknown_field' });
        }
      }
    });
    const { text } = await boss.http.get(`/api/users/${id}`);
    expect(text).not.toMatch(/password|hash|\$2b|key/i);
  });

  it('changes what is given and leaves the rest; another address is not verified', async () => {
    const { id, username } = await register(app.http);
    await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [id]);
    const clerk = await sessionWith(app, ['users.change']);
    const change = (body: object) => clerk.http.patch<UserBody>(`/api/users/${id}`, body);
    expect((await change({ lastName: 'Example' })).body).toMatchObject({
      username,
      lastName: 'Example',
      emailVerified: true,
    });
    const renamed = newUsername();
    expect(
      (await change({ username: renamed, email: `${renamed}@example.org` })).body,
    ).toMatchObject({ username: renamed, lastName: 'Example', emailVerified: false });
    expect((await change({})).status).toBe(200);
    expect((await signIn(app.http, renamed)).user.username).toBe(renamed);

    const taken = await change({ username: boss.username.toUpperCase() });
    expect({ status: taken.status, code: problem(taken).code }).toEqual({
      status: 409,
      code: 'username_taken',
    });
    const foreign = await change({ username: 'someone@example.net' });
    expect(problem(foreign).errors[0]!.code).toBe('username_is_foreign_address');
    for (const body of [
      { username: null },
      { email: '' },
      { isActive: 'no' },
      { isActive: null },
    ]) {
      expect((await change(body)).status).toBe(422);
    }
  });

  it('leaves one’s own address and account to the calls that ask for the password [A14] [A51] [ASVS 7.5.1]', async () => {
    const one = await superuserSession(app);
    const path = `/api/users/${one.user.id}`;
    await unchanged(async () => {
      for (const answer of [
        await one.http.patch(path, { email: 'mallory@example.com' }),
        await one.http.delete(path),
      ]) {
        expect(answer.status).toBe(403);
        expect(problem(answer).detail).toMatch(
          /^For your own account use .* asks for your password/,
        );
      }
    });
    expect((await one.http.patch(path, { lastName: 'B' })).status).toBe(200);
  });

  it('tells a proven address that it was replaced', async () => {
    const { id, email, username } = await register(app.http);
    await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [id]);
    await boss.http.patch(`/api/users/${id}`, { email: 'other@example.org' });
    await app.database.settled();
    const { text } = await app.http.get('/dev/mailbox', { accept: 'text/html' });
    expect(text).toContain(email);
    expect(text).toContain('Your email address was changed');
    expect(username).toBeTruthy();
  });

  it('knows an account by one name only, so that nothing is hidden from the audit trail', async () => {
    const { id } = await register(app.http);
    expect((await boss.http.delete(`/api/users/${id.toUpperCase()}`)).status).toBe(204);
    const { body } = await boss.http.get<{ items: { action: string }[] }>(
      `/api/audit-events?subjectId=${id}`,
    );
    expect(body.items.map(({ action }) => action)).toEqual(['user.deleted', 'user.registered']);
  });

  it('deactivates and activates: sessions end, and none comes back [A28] [ASVS 7.4.2]', async () => {
    const victim = await newSession(app.http);
    const clerk = await sessionWith(app, ['users.change']);
    const path = `/api/users/${victim.user.id}`;
    expect((await clerk.http.patch<UserBody>(path, { isActive: false })).body.isActive).toBe(false);
    expect((await victim.http.get('/api/auth/session')).status).toBe(401);
    const credentials = { username: victim.username, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', credentials)).status).toBe(401);
    expect((await clerk.http.patch<UserBody>(path, { isActive: true })).body.isActive).toBe(true);
    expect((await victim.http.get('/api/auth/session')).status).toBe(401);
    expect((await app.http.post('/api/auth/login', credentials)).status).toBe(200);
  });

  it('shows where somebody is signed in, and ends it all at once [ASVS 7.4.5]', async () => {
    const victim = await newSession(app.http);
    await signIn(app.http, victim.username);
    const clerk = await sessionWith(app, ['users.change']);
    const path = `/api/users/${victim.user.id}/sessions`;
    const { body } = await clerk.http.get<{ items: Record<string, unknown>[] }>(path);
    expect(body.items).toHaveLength(2);
    expect(Object.keys(body.items[0]!).toSorted()).toEqual(
      ['amr', 'createdAt', 'device', 'expiresAt', 'id', 'ip', 'lastSeenAt', 'userAgent'].toSorted(),
    );
    expect((await clerk.http.delete(path)).status).toBe(204);
    expect((await victim.http.get('/api/auth/session')).status).toBe(401);
    expect((await clerk.http.get<{ items: [] }>(path)).body.items).toEqual([]);
  });

  it('deletes an account for good', async () => {
    const victim = await newSession(app.http);
    const clerk = await sessionWith(app, ['users.delete', 'users.view']);
    const path = `/api/users/${victim.user.id}`;
    expect((await clerk.http.delete(path)).status).toBe(204);
    expect((await victim.http.get('/api/auth/session')).status).toBe(401);
    for (const answer of [await clerk.http.get(path), await clerk.http.delete(path)]) {
      expect(answer.status).toBe(404);
    }
  });

  it('answers 404 for an account that is not there, whatever it is called', async () => {
    for (const id of [NOBODY, 'nobody', '1', '%00', 'me%2F..', "' OR 1=1"]) {
      const path = `/api/users/${encodeURIComponent(id)}`;
      const answers = [
        await boss.http.get(path),
        await boss.http.patch(path, {}),
        await boss.http.delete(path),
        await boss.http.get(`${path}/permissions`),
        await boss.http.get(`${path}/sessions`),
        await boss.http.delete(`${path}/sessions`),
        await boss.http.put(`${path}/roles`, { roles: [] }),
        await boss.http.put(`${path}/permissions`, { permissions: [] }),
      ];
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    }
  });

  it('gives roles and permissions, which count with the next request [ASVS 8.3.2]', async () => {
    const { http, user } = await newSession(app.http);
    const given = await setRoles(boss, user.id, ['guest', 'proofreader', 'guest']);
    expect(given.body).toMatchObject({
      roles: ['guest', 'proofreader'],
      permissions: ['roles.view'],
    });
    expect((await http.get('/api/roles')).status).toBe(200);
    expect((await setRoles(boss, user.id, [])).body.roles).toEqual([]);
    expect((await http.get('/api/roles')).status).toBe(403);
    expect((await grant(boss, user.id, ['users.view'])).body.permissions).toEqual(['users.view']);
    expect((await http.get('/api/users')).status).toBe(200);
    await grant(boss, user.id, []);
    expect((await http.get('/api/users')).status).toBe(403);
  });

  it('refuses roles and permissions that are not there, and changes nothing', async () => {
    const { id } = await register(app.http);
    await unchanged(async () => {
      const roles = await setRoles(boss, id, ['proofreader', 'pilot', 'captain']);
      expect(problem(roles).errors.map(({ message }) => message)).toEqual([
        'There is no role "pilot".',
        'There is no role "captain".',
      ]);
      const permissions = await grant(boss, id, ['users.view', 'users.fly']);
      expect(problem(permissions).errors).toEqual([
        {
          field: 'permissions',
          code: 'unknown_permission',
          message: 'There is no permission "users.fly".',
        },
      ]);
    });
  });

  it('explains every permission by its sources', async () => {
    const { user } = await newSession(app.http);
    await setRoles(boss, user.id, ['proofreader']);
    await grant(boss, user.id, ['roles.view', 'users.view']);
    const explain = async () => (await boss.http.get(`/api/users/${user.id}/permissions`)).body;
    const item = (codename: string, sources: object[], holds = true) =>
      expect.objectContaining({ codename, holds, sources });
    expect(await explain()).toEqual({
      isActive: true,
      isSuperuser: false,
      items: [
        item('roles.view', [{ type: 'direct' }, { type: 'role', role: 'proofreader' }]),
        item('users.view', [{ type: 'direct' }]),
      ],
      nextCursor: null,
    });
    await boss.http.patch(`/api/users/${user.id}`, { isActive: false, isSuperuser: true });
    const { items, ...state } = await explain();
    expect(state).toEqual({ isActive: false, isSuperuser: true, nextCursor: null });
    expect(items).toContainEqual(item('users.delete', [{ type: 'superuser' }], false));
  });

  describe('lets nobody rise [A88] [ASVS 8.2.1, 8.2.2]', () => {
    it('by handing on what they do not hold', async () => {
      const clerk = await sessionWith(app, ['users.change', 'users.view']);
      const { id } = await register(app.http);
      await unchanged(async () => {
        for (const target of [id, clerk.user.id]) {
          expectDenied(await grant(clerk, target, ['users.view', 'users.delete', 'roles.add']), {
            missingPermissions: ['users.delete', 'roles.add'],
          });
          expectDenied(await setRoles(clerk, target, ['admin']), { missingRoles: ['admin'] });
          expectDenied(await setRoles(clerk, target, ['guest']), { missingRoles: ['guest'] });
          expectDenied(await clerk.http.patch(`/api/users/${target}`, { isSuperuser: true }), {
            requiresSuperuser: true,
          });
        }
      });
      expect((await grant(clerk, id, ['users.view'])).body.permissions).toEqual(['users.view']);
    });

    it('by taking over an account that can do more', async () => {
      const clerk = await sessionWith(app, ['users.change', 'users.delete']);
      const stronger = [
        [(await sessionWith(app, ['roles.add'])).user.id, { missingPermissions: ['roles.add'] }],
        [
          (await sessionWith(app, [], ['proofreader'])).user.id,
          { missingPermissions: ['roles.view'] },
        ],
        [(await superuserSession(app)).user.id, { requiresSuperuser: true }],
      ] as const;
      const asleep = await sessionWith(app, ['roles.add']);
      await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [asleep.user.id]);
      const targets = [
        ...stronger,
        [asleep.user.id, { missingPermissions: ['roles.add'] }] as const,
      ];
      await unchanged(async () => {
        for (const [id, missing] of targets) {
          const path = `/api/users/${id}`;
          expectDenied(await clerk.http.patch(path, { email: 'mallory@example.com' }), missing);
          expectDenied(await clerk.http.patch(path, { isActive: true }), missing);
          expectDenied(await clerk.http.delete(path), missing);
          expectDenied(await clerk.http.delete(`${path}/sessions`), missing);
          expectDenied(await setRoles(clerk, id, []), missing);
          expectDenied(await grant(clerk, id, []), missing);
        }
      });
    });

    it('by adding somebody stronger', async () => {
      const clerk = await sessionWith(app, ['users.add']);
      const fields = { email: 'new@example.com' };
      await unchanged(async () => {
        for (const [extra, missing] of [
          [{ isSuperuser: true }, { requiresSuperuser: true }],
          [{ roles: ['admin'] }, { missingRoles: ['admin'] }],
          [{ permissions: ['users.delete'] }, { missingPermissions: ['users.delete'] }],
        ] as const) {
          const body = { username: newUsername(), ...fields, ...extra };
          expectDenied(await clerk.http.post('/api/users', body), missing);
        }
      });
      const same = { username: newUsername(), ...fields, permissions: ['users.add'] };
      const added = await clerk.http.post<UserBody>('/api/users', same);
      expect(added.body.permissions).toEqual(['users.add']);
    });

    it('though an admin gives every role, a superuser is beyond them', async () => {
      const admin = await sessionWith(app, [], ['admin']);
      const { id } = await register(app.http);
      expect((await setRoles(admin, id, ['proofreader', 'admin'])).status).toBe(200);
      await unchanged(async () => {
        const path = `/api/users/${boss.user.id}`;
        const requires = { requiresSuperuser: true };
        expectDenied(await admin.http.patch(path, { firstName: 'x' }), requires);
        expectDenied(await admin.http.delete(path), requires);
        expectDenied(await admin.http.patch(`/api/users/${id}`, { isSuperuser: true }), requires);
        expectDenied(
          await admin.http.patch(`/api/users/${admin.user.id}`, { isSuperuser: true }),
          requires,
        );
      });
    });
  });

  describe('keeps the last active superuser', () => {
    let lonely: TestApp;
    beforeAll(async () => {
      lonely = await startApp();
    });
    afterAll(() => lonely.close());

    const leave: Record<string, (s: Session, id: string) => Promise<Answer<unknown>>> = {
      'a deactivation': (s, id) => s.http.patch(`/api/users/${id}`, { isActive: false }),
      'a demotion': (s, id) => s.http.patch(`/api/users/${id}`, { isSuperuser: false }),
      'a deletion': (s, id) => s.http.delete(`/api/users/${id}`),
      'their own deletion': (s) => s.http.delete('/api/users/me', { currentPassword: PASSWORD }),
    };
    const superusers = () =>
      lonely.database.sql('SELECT id FROM users WHERE is_superuser AND is_active');

    it.each(Object.keys(leave))('from %s', async (name) => {
      await lonely.database.sql('UPDATE users SET is_superuser = false');
      const last = await superuserSession(lonely);
      await lonely.database.sql(
        `INSERT INTO users (username, username_key, email, email_key, password_hash, is_active, is_superuser)
         SELECT 'asleep', 'asleep', 'a@example.com', 'a@example.com', '!', false, true
         ON CONFLICT (username_key) DO UPDATE SET is_superuser = true`,
      );
      const before = await lonely.database.fingerprint('audit_events');
      const answer = await leave[name]!(last, last.user.id);
      expect({ status: answer.status, code: problem(answer).code }).toEqual({
        status: 409,
        code: 'last_superuser',
      });
      expect(await lonely.database.fingerprint('audit_events')).toBe(before);
    });

    it('when the last ones leave at once, by whatever way [A88] [ASVS 15.4.2]', async () => {
      for (let round = 0; round < 10; round++) {
        await lonely.database.sql('UPDATE users SET is_superuser = false');
        // The deletion of one's own account there is refused in any case.
        const ways = [...Object.values(leave)].filter((way) => way !== leave['a deletion']);
        const all = [];
        for (const _ of ways) all.push(await superuserSession(lonely));
        const answers = await Promise.all(all.map((one, i) => ways[i]!(one, one.user.id)));
        expect(await superusers()).toHaveLength(1);
        for (const { status } of answers) expect([200, 204, 409]).toContain(status);
      }
    });
  });
});
