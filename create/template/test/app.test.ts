import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp, type TestApp } from 'gatehouse/testing';

describe('{{title}}', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp('dist/src/app.module.js');
  });
  afterAll(() => app.close());

  it('registers visitors and signs them in', async () => {
    const ann = { username: 'ann', password: 'correct horse battery' };
    const account = { ...ann, email: 'ann@example.com' };
    expect((await app.http.post('/api/auth/register', account)).status).toBe(201);
    const { body } = await app.http.post<{ accessToken: string }>('/api/auth/login', ann);
    const me = await app.http.as(body.accessToken).get('/api/users/me');
    expect(me.body).toMatchObject({ username: 'ann', isSuperuser: false });
  });

  it('shows a profile to its owner, and the sign-in page to visitors', async () => {
    const owner = await app.visitor({ username: 'ben' });
    expect((await owner.get('/accounts/profile')).text).toContain('ben@example.com');
    const visitor = await app.visitor();
    const { headers } = await visitor.get('/accounts/profile');
    expect(headers.get('location')).toContain('/accounts/login');
  });

  it('opens the administration to superusers alone', async () => {
    const [user, superuser] = [await app.visitor({}), await app.visitor({ superuser: true })];
    expect((await user.get('/admin')).status).toBe(403);
    expect((await superuser.get('/admin')).status).toBe(200);
  });
});
