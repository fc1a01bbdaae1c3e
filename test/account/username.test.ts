import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { problem } from '../support/http.js';
import { startEmailServer, type EmailServer, tokenIn } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const MINUTE = 60_000;

describe('one’s own username', () => {
  let smtp: EmailServer;
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    smtp = await startEmailServer();
    app = await startApp({ SMTP_URL: smtp.url });
    boss = await superuserSession(app);
  });
  afterEach(resetClock);
  afterAll(async () => {
    await app.close();
    await smtp.close();
  });

  const rename = ({ http }: { http: TestApp['http'] }, username: unknown) =>
    http.patch('/api/users/me', { username });
  const tryRegister = (username: string) =>
    app.http.post('/api/auth/register', {
      username,
      email: 'someone@example.com',
      password: PASSWORD,
    });

  it('changes everywhere at once, is recorded, and is told to the proven address', async () => {
    const session = await newSession(app.http);
    const token = tokenIn(await smtp.next(session.user.email, 'Confirm your email address'));
    await session.http.post('/api/account/email/verify', { token });
    const username = `New.${newUsername()}`;
    const changed = await rename(session, username);
    expect({ status: changed.status, username: changed.body.username }).toEqual({
      status: 200,
      username,
    });
    expect((await session.http.get('/api/auth/session')).body.username).toBe(username);
    expect((await signIn(app.http, username)).user.id).toBe(session.user.id);
    const old = { username: session.username, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', old)).status).toBe(401);
    const mail = await smtp.next(session.user.email, 'Your username was changed');
    expect(mail.text).toContain(`was ${session.username}. It is now ${username}`);
    const { body } = await boss.http.get<{ items: object[] }>(
      `/api/audit-events?subjectId=${session.user.id}&action=user.updated`,
    );
    expect(body.items).toMatchObject([
      { changes: { username: { old: session.username, new: username } } },
    ]);
  });

  it('needs a recent sign-in, unless it stays as it is', async () => {
    const session = await newSession(app.http);
    moveClock(20 * MINUTE);
    const refreshed = await app.http.post<{ accessToken: string }>('/api/auth/refresh', {
      refreshToken: session.refreshToken,
    });
    const http = app.http.as(refreshed.body.accessToken);
    expect(problem(await rename({ http }, newUsername())).code).toBe('recent_login_required');
    const same = await http.patch('/api/users/me', { username: session.username, firstName: 'A' });
    expect(same.status).toBe(200);
    const visitor = new Visitor(app.http);
    resetClock();
    await visitor.post('/accounts/login', { username: session.username, password: PASSWORD });
    moveClock(20 * MINUTE);
    expect((await visitor.get('/accounts/username')).status).toBe(303);
  });

  it('is refused as at registration: the name of another, a look-alike, reserved, foreign, no name', async () => {
    const session = await newSession(app.http);
    const { username: other } = await register(app.http, { username: 'lillian' });
    for (const [username, code] of [
      [other, 'username_taken'],
      ['LILLIAN', 'username_taken'],
      ['1i11ian', 'username_taken'],
      ['admin', 'username_reserved'],
      ['Supp0rt', 'username_reserved'],
      ['victim@example.com', 'username_is_foreign_address'],
      ['r\u043Eot', 'invalid_format'],
      ['a b', 'invalid_format'],
      ['', 'invalid_format'],
      [['a'], 'invalid_type'],
      [null, 'invalid_type'],
    ] as [unknown, string][]) {
      const answer = await rename(session, username);
      const { errors } = problem(answer);
      expect({ username, codes: errors.map((error) => error.code) }).toEqual({
        username,
        codes: expect.arrayContaining([code]),
      });
    }
    expect((await session.http.get('/api/users/me')).body.username).toBe(session.username);
  });

  it('leaves the old one to nobody else until it changes again, and to its owner', async () => {
    const session = await newSession(app.http);
    const [first, second] = [`anna${newUsername()}`, `berta${newUsername()}`];
    expect((await rename(session, first)).status).toBe(200);
    expect((await rename(session, second)).status).toBe(200);
    expect(problem(await tryRegister(first)).code).toBe('username_taken');
    expect(problem(await tryRegister(first.toUpperCase())).code).toBe('username_taken');
    expect(problem(await rename(await newSession(app.http), first)).code).toBe('username_taken');
    // The one before is free.
    expect((await tryRegister(session.username)).status).toBe(201);
    expect((await rename(session, first)).status).toBe(200);
    expect(
      (await boss.http.patch(`/api/users/${session.user.id}`, { firstName: 'A' })).status,
    ).toBe(200);
    expect(problem(await tryRegister(second)).code).toBe('username_taken');
    // An administrator who renames decides that the old one is free.
    const byBoss = { username: newUsername() };
    expect((await boss.http.patch(`/api/users/${session.user.id}`, byBoss)).status).toBe(200);
    expect((await tryRegister(first)).status).toBe(201);
    expect((await tryRegister(second)).status).toBe(201);
  });

  it('goes to one of fourteen who ask at once, and may change in case alone', async () => {
    const sessions = await Promise.all(Array.from({ length: 14 }, () => newSession(app.http)));
    const names = ['emma.w', 'EMMA.W', 'emrna.w'];
    const answers = await Promise.all(
      sessions.map((session, i) => rename(session, names[i % names.length])),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 13 }, () => 409)]);
    const winner = sessions[answers.findIndex(({ status }) => status === 200)]!;
    expect((await rename(winner, 'Emma.W')).body.username).toBe('Emma.W');
    const rows = await app.database.sql(`SELECT FROM username_skeletons WHERE user_id = $1`, [
      winner.user.id,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('has a page, with the reason at the field', async () => {
    const { username } = await newSession(app.http);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    expect((await visitor.get('/accounts/profile')).text).toContain('href="/accounts/username"');
    expect((await visitor.get('/accounts/username')).text).toContain(`value="${username}"`);
    const refused = await visitor.post('/accounts/username', { username: 'admin' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('This username is reserved.');
    const renamed = newUsername();
    const done = await visitor.post('/accounts/username', { username: ` ${renamed}` });
    expect(done.headers.get('location')).toBe('/accounts/profile');
    expect((await visitor.get('/accounts/profile')).text).toContain(
      `Your username is ${renamed} now.`,
    );
  });
});

describe('one’s own username, with the limits of every day', () => {
  it('changes three times in a month', async () => {
    const app = await startApp({ THROTTLE_SCALE: '1' });
    try {
      const session = await newSession(app.http);
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) {
        const { status } = await session.http.patch('/api/users/me', { username: newUsername() });
        statuses.push(status);
      }
      expect(statuses).toEqual([200, 200, 200, 429]);
    } finally {
      await app.close();
    }
  });
});
