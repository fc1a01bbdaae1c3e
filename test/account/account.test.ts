import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { problem } from '../support/http.js';

describe('account', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('shows its owner what the contract names and nothing else [ASVS 15.3.1]', async () => {
    const { http, username } = await newSession(app.http);
    const { status, body, headers } = await http.get('/api/users/me');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ username, email: `${username}@example.com` });
    expect(JSON.stringify(body)).not.toMatch(/hash|key|active|password/i);
  });

  it('tells who is calling', async () => {
    const { http, user } = await newSession(app.http);
    const { body } = await http.get('/api/auth/session');
    expect(body).toMatchObject({
      userId: user.id,
      username: user.username,
      isSuperuser: false,
      amr: ['pwd'],
      sessionId: expect.any(String),
    });
    const age = Date.now() - Date.parse(body.authenticatedAt as string);
    expect(age).toBeLessThan(60_000);
    expect(Date.parse(body.expiresAt as string)).toBeGreaterThan(Date.now());
  });

  it('changes names, one or both, and leaves the rest', async () => {
    const { http } = await newSession(app.http);
    const both = await http.patch('/api/users/me', { firstName: '  Zoë ', lastName: '田中' });
    expect(both.body).toMatchObject({ firstName: 'Zoë', lastName: '田中' });
    const one = await http.patch('/api/users/me', { lastName: '' });
    expect(one.body).toMatchObject({ firstName: 'Zoë', lastName: '' });
    expect((await http.patch('/api/users/me', {})).body).toEqual(one.body);
    expect((await http.get('/api/users/me')).body).toEqual(one.body);
  });

  it('cannot be given powers, an owner or a history by its owner [A83] [A84] [ASVS 15.3.3]', async () => {
    const { http, user } = await newSession(app.http);
    const columns = await app.database.sql<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name IN ('users', 'sessions')`,
    );
    const camel = (name: string) =>
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const names = new Set([
      ...columns.flatMap(({ name }) => [name, camel(name)]),
      ...['userId', 'roles', 'permissions', 'groups', 'isStaff', 'password', 'constructor'],
    ]);
    const own = {
      patch: ['firstName', 'lastName', 'username'],
      register: ['username', 'email', 'password'],
    };
    const before = await app.database.fingerprint();
    for (const name of names) {
      if (!own.patch.includes(name)) {
        const answer = await http.patch('/api/users/me', { [name]: true });
        expect({ name, status: answer.status }).toEqual({ name, status: 422 });
        expect(problem(answer).errors).toEqual([
          { field: name, code: 'unknown_field', message: 'This field is not known here.' },
        ]);
      }
      if (!own.register.includes(name)) {
        const fields = { username: 'mallory', email: 'm@example.com', password: PASSWORD };
        const answer = await app.http.post('/api/auth/register', { ...fields, [name]: true });
        expect({ name, status: answer.status }).toEqual({ name, status: 422 });
      }
    }
    expect(await app.database.fingerprint()).toBe(before);
    expect((await http.get('/api/users/me')).body.id).toBe(user.id);
  });

  it.each([
    ['line breaks', 'a\nb'],
    ['control characters', 'a\u0000b'],
    ['more than 150 characters', 'x'.repeat(151)],
    ['a number', 1],
    ['null', null],
    ['a list', ['x']],
  ])('refuses %s in a name', async (_, firstName) => {
    const { http } = await newSession(app.http);
    const answer = await http.patch('/api/users/me', { firstName });
    expect(answer.status).toBe(422);
    expect(problem(answer).errors[0]).toMatchObject({ field: 'firstName' });
  });

  it('is deleted by its password only, with all its sessions [ASVS 7.5.1]', async () => {
    const { http, username, user, accessToken } = await newSession(app.http);
    const elsewhere = await signIn(app.http, username);
    const bystander = await register(app.http);
    const wrong = await http.delete('/api/users/me', { currentPassword: 'not my password' });
    expect(wrong.status).toBe(422);
    expect(problem(wrong).errors[0]).toMatchObject({
      field: 'currentPassword',
      code: 'password_incorrect',
    });
    for (const body of [undefined, {}, { currentPassword: '' }]) {
      expect((await http.delete('/api/users/me', body)).status).toBe(422);
    }
    expect((await http.get('/api/users/me')).status).toBe(200);

    expect((await http.delete('/api/users/me', { currentPassword: PASSWORD })).status).toBe(204);
    for (const token of [accessToken, elsewhere.accessToken]) {
      expect((await app.http.as(token).get('/api/users/me')).status).toBe(401);
    }
    const again = { username, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', again)).status).toBe(401);
    const left = await app.database.sql('SELECT id FROM users WHERE id = ANY($1)', [
      [user.id, bystander.id],
    ]);
    expect(left).toEqual([{ id: bystander.id }]);
  });
});
