import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { problem } from '../support/http.js';

describe('registration', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('opens an account that can sign in by username or email address, in any case', async () => {
    const account = await register(app.http, { username: 'Ann', email: 'Ann@Example.com' });
    expect(account).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: 'Ann',
      email: 'Ann@Example.com',
      emailVerified: false,
      firstName: '',
      lastName: '',
      roles: [],
      permissions: [],
      isSuperuser: false,
      createdAt: expect.stringMatching(/Z$/),
      lastLoginAt: null,
    });
    for (const name of ['Ann', 'ann', 'ANN', 'ann@example.com', 'ANN@EXAMPLE.COM']) {
      expect((await signIn(app.http, name)).user.id).toBe(account.id);
    }
  });

  it('stores the password as bcrypt_sha256 only [ASVS 11.4.2]', async () => {
    const { id } = await register(app.http);
    const [row] = await app.database.sql<{ password_hash: string }>(
      'SELECT password_hash FROM users WHERE id = $1',
      [id],
    );
    expect(row!.password_hash).toMatch(/^bcrypt_sha256\$\$2b\$04\$[./A-Za-z0-9]{53}$/);
  });

  it('refuses a username that is taken, whatever its case or width', async () => {
    await register(app.http, { username: 'Straße' });
    for (const username of ['Straße', 'STRASSE', 'strasse', 'ｓｔｒａｓｓｅ']) {
      const answer = await app.http.post('/api/auth/register', {
        username,
        email: 'other@example.com',
        password: PASSWORD,
      });
      expect(answer.status).toBe(409);
      expect(problem(answer)).toMatchObject({
        code: 'username_taken',
        errors: [{ field: 'username', code: 'username_taken' }],
      });
    }
  });

  it('gives a username to exactly one of twenty who ask at once [ASVS 2.3.4, 15.4.2]', async () => {
    for (let round = 0; round < 3; round++) {
      const username = newUsername();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          app.http.post('/api/auth/register', {
            username,
            email: `race${i}@example.com`,
            password: PASSWORD,
          }),
        ),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    }
  });

  it('answers alike whether or not the address is in use, claimed or verified [ASVS 6.3.8] [A02]', async () => {
    const owner = await register(app.http);
    const shape = async (email: string) => {
      const username = newUsername();
      const answer = await app.http.post('/api/auth/register', {
        username,
        email,
        password: PASSWORD,
      });
      const { id, createdAt, ...rest } = answer.body;
      return { status: answer.status, rest: { ...rest, username: '', email: '' }, id, createdAt };
    };
    const unknown = await shape('nobody-yet@example.com');
    const claimed = await shape(owner.email);
    await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = $1', [owner.id]);
    const verified = await shape(owner.email);
    expect(claimed).toEqual({ ...unknown, id: claimed.id, createdAt: claimed.createdAt });
    expect(verified).toEqual({ ...unknown, id: verified.id, createdAt: verified.createdAt });
    // Signing in by that address still means its verified owner.
    expect((await signIn(app.http, owner.email)).user.id).toBe(owner.id);
  });

  it('reports every broken password rule at once, with code and message [ASVS 6.2.1, 6.2.4]', async () => {
    const answer = await app.http.post('/api/auth/register', {
      username: 'bob',
      email: 'bob@example.com',
      password: '1234567',
    });
    expect(answer.status).toBe(422);
    expect(problem(answer).errors).toEqual([
      {
        field: 'password',
        code: 'password_too_short',
        message: 'This password is too short. It must contain at least 8 characters.',
      },
      { field: 'password', code: 'password_too_common', message: 'This password is too common.' },
      {
        field: 'password',
        code: 'password_entirely_numeric',
        message: 'This password is entirely numeric.',
      },
    ]);
  });

  it.each([
    ['the username', 'password_too_similar', { username: 'marianne', password: 'marianne1' }],
    ['a part of the address', 'password_too_similar', { password: 'wonderland7' }],
    ['common ones', 'password_too_common', { password: 'Password123' }],
    ['digits only', 'password_entirely_numeric', { password: '83649201746' }],
    ['7 code points', 'password_too_short', { password: 'wx😀y4zq' }],
  ])('refuses a password like %s [A12] [ASVS 6.2.1, 6.2.11]', async (_, code, fields) => {
    const answer = await app.http.post('/api/auth/register', {
      username: newUsername(),
      email: 'x@wonderland.example.com',
      ...fields,
    });
    expect(answer.status).toBe(422);
    expect(problem(answer).errors.map((error) => error.code)).toContain(code);
  });

  it.each([
    ['8 code points', 'zq😀4w!yk'],
    ['64 characters', 'Zq4 '.repeat(16)],
    ['more than bcrypt reads', `${'long enough to pass 72 bytes '.repeat(4)}end`],
    ['spaces at its ends', '  padded passphrase  '],
    ['4,096 bytes', 'ab7!'.repeat(1024)],
  ])(
    'accepts a password of %s, and only exactly that [A07] [ASVS 6.2.8, 6.2.9]',
    async (_, password) => {
      const { username } = await register(app.http, { password });
      await signIn(app.http, username, password);
      const variants = [password.slice(0, -1), `${password.slice(0, -1)}~`, password.toUpperCase()];
      if (password.trim() !== password) variants.push(password.trim());
      for (const variant of variants) {
        const answer = await app.http.post('/api/auth/login', { username, password: variant });
        expect(answer.status).toBe(401);
      }
    },
  );

  it('treats canonically equivalent passwords as one, but not look-alikes [A10]', async () => {
    const { username } = await register(app.http, { password: 'café ﬁnale olé'.normalize('NFC') });
    await signIn(app.http, username, 'café ﬁnale olé'.normalize('NFD'));
    const lookAlike = { username, password: 'café finale olé' };
    expect((await app.http.post('/api/auth/login', lookAlike)).status).toBe(401);
  });

  it.each([
    'ann',
    'ann@',
    'a@b@c.example',
    'ann@example.com,eve@example.com',
    'ann@example.com\nBcc: eve@example.com',
    'ann@example.com\r\n',
    '"ann"@example.com',
    'Ann <ann@example.com>',
    'ann@localhost',
    'ａｎｎ@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ann@${'a'.repeat(250)}.example`,
  ])('refuses the address %j [A47]', async (email) => {
    const before = await app.database.fingerprint();
    const answer = await app.http.post('/api/auth/register', {
      username: newUsername(),
      email,
      password: PASSWORD,
    });
    expect(answer.status).toBe(422);
    expect(problem(answer).errors.every(({ field }) => field === 'email')).toBe(true);
    expect(await app.database.fingerprint()).toBe(before);
  });

  it.each(['', ' ', 'a b', 'a/b', 'a\u0000b', 'a\u202Eb', '<b>', 'x'.repeat(151)])(
    'refuses the username %j',
    async (username) => {
      const answer = await app.http.post('/api/auth/register', {
        username,
        email: 'ok@example.com',
        password: PASSWORD,
      });
      expect(answer.status).toBe(422);
      expect(problem(answer).errors.map(({ field }) => field)).toContain('username');
    },
  );

  it('refuses a username that is somebody else’s address [ASVS 2.2.3]', async () => {
    const answer = await app.http.post('/api/auth/register', {
      username: 'victim@corp.example',
      email: 'eve@example.com',
      password: PASSWORD,
    });
    expect(answer.status).toBe(422);
    expect(problem(answer).errors[0]).toMatchObject({ code: 'username_is_foreign_address' });
  });

  it('is closed when REGISTRATION says so', async () => {
    const closed = await startApp({ REGISTRATION: 'closed' });
    try {
      const answer = await closed.http.post('/api/auth/register', {
        username: 'ann',
        email: 'ann@example.com',
        password: PASSWORD,
      });
      expect(answer.status).toBe(403);
      expect(problem(answer).code).toBe('registration_closed');
      expect(await closed.database.sql('SELECT FROM users')).toHaveLength(0);
    } finally {
      await closed.close();
    }
  });
});
