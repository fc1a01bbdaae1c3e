import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

interface Device {
  id: string;
  device: string;
  ip: string;
  current: boolean;
  createdAt: string;
  lastSeenAt: string;
}

describe('devices', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const signInFrom = async (username: string, userAgent: string) => {
    const { body } = await app.http.post<{ accessToken: string }>(
      '/api/auth/login',
      { username, password: PASSWORD },
      { 'user-agent': userAgent },
    );
    return app.http.as(body.accessToken);
  };
  const devicesOf = async (http: TestApp['http']) =>
    (await http.get<{ items: Device[] }>('/api/account/sessions')).body.items;

  it('are shown in words, the latest sign-in first, this one marked [ASVS 7.5.2]', async () => {
    const { username } = await register(app.http);
    await signInFrom(username, FIREFOX);
    const phone = await signInFrom(username, SAFARI);
    const devices = await devicesOf(phone);
    expect(devices).toMatchObject([
      { device: 'Safari on iOS', current: true, ip: '127.0.0.1' },
      { device: 'Firefox on Linux', current: false, ip: '127.0.0.1' },
    ]);
    expect(Date.parse(devices[0]!.createdAt)).toBeLessThanOrEqual(Date.now());
    expect(Object.keys(devices[0]!)).toContain('lastSeenAt');
  });

  it('are signed out one by one or all others at once, with their refresh tokens [ASVS 7.5.2, 10.4.9]', async () => {
    const one = await newSession(app.http);
    const two = await newSession(app.http);
    const others = [
      await signInFrom(one.username, FIREFOX),
      await signInFrom(one.username, FIREFOX),
      await signInFrom(one.username, SAFARI),
    ];
    const status = async (http: TestApp['http']) => (await http.get('/api/users/me')).status;
    const phone = (await devicesOf(one.http)).find(({ device }) => device.startsWith('Safari'))!;
    expect((await one.http.delete(`/api/account/sessions/${phone.id}`)).status).toBe(204);
    expect(await Promise.all(others.map(status))).toEqual([200, 200, 401]);
    expect((await one.http.delete('/api/account/sessions')).status).toBe(204);
    expect(await Promise.all([...others, one.http, two.http].map(status))).toEqual([
      401, 401, 401, 200, 200,
    ]);
    expect(await devicesOf(one.http)).toHaveLength(1);
    const [own] = await devicesOf(one.http);
    expect((await one.http.delete(`/api/account/sessions/${own!.id}`)).status).toBe(204);
    expect(await status(one.http)).toBe(401);
  });

  it('of somebody else, ended ones and what is none are not there [A34] [ASVS 8.2.2]', async () => {
    const one = await newSession(app.http);
    const two = await newSession(app.http);
    const [foreign] = await devicesOf(two.http);
    for (const id of [foreign!.id, 'x', '00000000-0000-4000-8000-000000000000', "' OR 1=1"]) {
      const path = `/api/account/sessions/${encodeURIComponent(id)}`;
      expect((await one.http.delete(path)).status).toBe(404);
    }
    expect((await two.http.get('/api/users/me')).status).toBe(200);
    const ended = await signInFrom(one.username, SAFARI);
    const { id } = (await devicesOf(ended)).find(({ current }) => current)!;
    await ended.post('/api/auth/logout');
    expect((await one.http.delete(`/api/account/sessions/${id}`)).status).toBe(404);
  });
});
