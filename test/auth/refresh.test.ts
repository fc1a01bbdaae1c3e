import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, type Tokens } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { problem } from '../support/http.js';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

describe('refresh', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterEach(resetClock);
  afterAll(() => app.close());

  const refresh = (refreshToken: unknown) =>
    app.http.post<Tokens>('/api/auth/refresh', { refreshToken });

  it('exchanges a token for the next one, of the same session', async () => {
    const first = await newSession(app.http);
    const second = await refresh(first.refreshToken);
    expect(second.status).toBe(200);
    expect(second.body.refreshToken).not.toBe(first.refreshToken);
    const third = await refresh(second.body.refreshToken);
    expect(third.status).toBe(200);
    const before = await first.http.get('/api/auth/session');
    const after = await app.http.as(third.body.accessToken).get('/api/auth/session');
    expect(after.body.sessionId).toBe(before.body.sessionId);
  });

  it('returns the same successor to everyone who asks at once [A70]', async () => {
    for (let round = 0; round < 5; round++) {
      const { refreshToken } = await newSession(app.http);
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
      const successor = answers[0]!.body.refreshToken;
      expect((await refresh(successor)).status).toBe(200);
    }
  });

  it('repeats a lost answer for ten seconds [A73]', async () => {
    const { refreshToken } = await newSession(app.http);
    const first = await refresh(refreshToken);
    moveClock(9 * SECOND);
    const again = await refresh(refreshToken);
    expect(again.status).toBe(200);
    expect(again.body.refreshToken).toBe(first.body.refreshToken);
  });

  it('ends the whole session when a used token comes later [A71] [ASVS 10.4.5]', async () => {
    const { refreshToken, http, user } = await newSession(app.http);
    const { body } = await refresh(refreshToken);
    moveClock(11 * SECOND);
    const replay = await refresh(refreshToken);
    expect(replay.status).toBe(401);
    expect(problem(replay).code).toBe('invalid_refresh_token');
    expect((await refresh(body.refreshToken)).status).toBe(401);
    expect((await http.get('/api/auth/session')).status).toBe(401);
    expect((await app.http.as(body.accessToken).get('/api/auth/session')).status).toBe(401);
    // Its owner hears of it, once, and so does the audit trail.
    await refresh(refreshToken);
    await app.database.settled();
    const events = await app.database.sql(
      `SELECT subject_id AS id FROM audit_events WHERE action = 'user.refresh_token_reused'`,
    );
    expect(events).toEqual([{ id: user.id }]);
    const mails = await app.database.sql(
      `SELECT id FROM mails WHERE template = 'refresh_token_reused'`,
    );
    expect(mails).toHaveLength(1);
  });

  it('ends the whole session when a token comes whose successor was used, even within ten seconds', async () => {
    const { refreshToken } = await newSession(app.http);
    const second = await refresh(refreshToken);
    const third = await refresh(second.body.refreshToken);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await refresh(third.body.refreshToken)).status).toBe(401);
  });

  it('stops at the idle and at the absolute expiry [A32] [ASVS 7.3.1, 7.3.2, 10.4.8]', async () => {
    const idle = await newSession(app.http);
    const [kept, dead] = [await newSession(app.http), await newSession(app.http)];
    moveClock(14 * DAY - 60 * SECOND);
    let { refreshToken } = (await refresh(kept.refreshToken)).body;
    ({ refreshToken } = (await refresh(refreshToken)).body);
    moveClock(61 * SECOND);
    expect((await refresh(idle.refreshToken)).status).toBe(401);
    expect((await refresh(dead.refreshToken)).status).toBe(401);
    moveClock(13 * DAY);
    const last = await refresh(refreshToken);
    expect(last.status).toBe(200);
    moveClock(3 * DAY);
    expect((await refresh(last.body.refreshToken)).status).toBe(401);
  });

  it('never issues an access token that outlives its session', async () => {
    const { refreshToken } = await newSession(app.http);
    await app.database.sql(
      `UPDATE sessions SET absolute_expires_at = now() + interval '90 seconds' WHERE id = $1`,
      [refreshToken.split('.')[1]],
    );
    const { body } = await refresh(refreshToken);
    expect(body.expiresIn).toBeLessThanOrEqual(90);
    moveClock(95 * SECOND);
    expect((await app.http.as(body.accessToken).get('/api/auth/session')).status).toBe(401);
  });

  it('ends with logout, deactivation, password change and deletion [A74] [ASVS 7.4.1, 7.4.2]', async () => {
    const ends: [string, (s: Awaited<ReturnType<typeof newSession>>) => Promise<unknown>][] = [
      ['logout', ({ http }) => http.post('/api/auth/logout')],
      [
        'deactivation',
        ({ user }) =>
          app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]),
      ],
      [
        'deactivation and activation',
        async ({ user }) => {
          await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
          await app.database.sql('UPDATE users SET is_active = true WHERE id = $1', [user.id]);
        },
      ],
      [
        'password change',
        ({ user }) =>
          app.database.sql(`UPDATE users SET password_hash = '!x' WHERE id = $1`, [user.id]),
      ],
      ['deletion', ({ user }) => app.database.sql('DELETE FROM users WHERE id = $1', [user.id])],
    ];
    for (const [name, end] of ends) {
      const session = await newSession(app.http);
      await end(session);
      expect({ name, status: (await refresh(session.refreshToken)).status }).toEqual({
        name,
        status: 401,
      });
    }
  });

  it('signs out by the refresh token, whatever has become of the access token', async () => {
    const logout = (refreshToken: unknown, accessToken?: string) =>
      (accessToken === undefined ? app.http : app.http.as(accessToken)).post('/api/auth/logout', {
        refreshToken,
      });
    const ways: Record<string, (s: Awaited<ReturnType<typeof newSession>>) => Promise<unknown>> = {
      alone: ({ refreshToken }) => logout(refreshToken),
      'with a dead access token': ({ refreshToken, accessToken }) =>
        logout(refreshToken, `${accessToken.slice(0, -4)}AAAA`),
      'with its access token': ({ refreshToken, accessToken }) => logout(refreshToken, accessToken),
      'that was exchanged already': async ({ refreshToken }) => {
        await refresh(refreshToken);
        return logout(refreshToken);
      },
      'fourteen times at once': ({ refreshToken }) =>
        Promise.all(Array.from({ length: 14 }, () => logout(refreshToken))),
    };
    for (const [name, way] of Object.entries(ways)) {
      const session = await newSession(app.http);
      const answers = [await way(session)].flat() as { status: number }[];
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204));
      const dead = await session.http.get('/api/auth/session');
      expect({ name, status: dead.status }).toEqual({ name, status: 401 });
      expect((await refresh(session.refreshToken)).status).toBe(401);
      const events = await app.database.sql(
        `SELECT FROM audit_events WHERE action = 'user.signed_out' AND subject_id = $1`,
        [session.user.id],
      );
      expect(events).toHaveLength(1);
    }
  });

  it('signs out once the access token has expired', async () => {
    const session = await newSession(app.http);
    moveClock(11 * 60 * SECOND);
    expect((await session.http.post('/api/auth/logout')).status).toBe(401);
    const { refreshToken } = session;
    expect((await session.http.post('/api/auth/logout', { refreshToken })).status).toBe(204);
    expect((await refresh(refreshToken)).status).toBe(401);
  });

  it('signs nobody out by a token that it did not make', async () => {
    const { refreshToken, http } = await newSession(app.http);
    const post = (body?: object) => app.http.post('/api/auth/logout', body);
    expect((await post({ refreshToken: `${refreshToken.slice(0, -2)}xx` })).status).toBe(204);
    for (const value of [undefined, null, 5, [refreshToken], {}]) {
      expect((await post({ refreshToken: value })).status).toBe(401);
    }
    for (const value of ['', null, 5, 'x'.repeat(257)]) {
      expect((await http.post('/api/auth/logout', { refreshToken: value })).status).toBe(422);
    }
    expect((await post()).status).toBe(401);
    expect((await http.get('/api/auth/session')).status).toBe(200);
  });

  it('refuses what it did not make, and changes nothing [A48]', async () => {
    const { refreshToken, accessToken } = await newSession(app.http);
    const [prefix, id, counter, mac] = refreshToken.split('.') as [string, string, string, string];
    const other = (await newSession(app.http)).refreshToken.split('.')[3]!;
    const before = await app.database.fingerprint();
    const forged = [
      'x',
      accessToken.slice(0, 256),
      `${prefix}.${id}.1.${mac}`,
      `${prefix}.${id}.${counter}.${other}`,
      `${prefix}.${id}.${counter}.${mac.slice(0, -1)}`,
      `${prefix}.${id.toUpperCase()}.${counter}.${mac}`,
      `${prefix}.${id}.0${counter}.${mac}`,
      ` ${refreshToken}`,
      `${refreshToken}\u0000`,
    ];
    for (const token of forged) expect((await refresh(token)).status).toBe(401);
    for (const token of ['', null, undefined, 1, true, [], [refreshToken], {}, 'x'.repeat(257)]) {
      expect((await refresh(token)).status).toBe(422);
    }
    expect(await app.database.fingerprint()).toBe(before);
  });

  it('stores nothing that could be used as a token [A75] [ASVS 14.2.4]', async () => {
    const { refreshToken, accessToken } = await newSession(app.http);
    const [row] = await app.database.sql<{ dump: string }>(
      'SELECT string_agg(s::text, chr(10)) AS dump FROM sessions s',
    );
    expect(row!.dump).not.toContain(refreshToken.split('.')[3]);
    expect(row!.dump).not.toContain(accessToken.split('.')[2]);
  });
});
