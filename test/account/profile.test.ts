import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { startHostileProvider } from '../support/hostile-provider.js';
import { Visitor } from '../support/visitor.js';

const PROFILE = '/accounts/profile';
const ISSUER = 'https://idp.example';
const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
const profileOf = async (visitor: Visitor) => (await visitor.get(PROFILE)).text;

describe('the profile page', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  /** An owner who is signed in with a browser and has looked at the profile. */
  async function signedIn() {
    const { username, id } = await register(app.http);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    await profileOf(visitor);
    return { username, id, visitor };
  }

  const connect = (userId: string, knownAs: string, { issuer = ISSUER, after = 0 } = {}) =>
    app.database.sql(
      `INSERT INTO federated_identities (user_id, issuer, subject, known_as, created_at, last_used_at)
       VALUES ($1, $2, $3, $3, now() + $4 * interval '1 second', now())`,
      [userId, issuer, knownAs, after],
    );

  /** Past the triggers, so that no announcement helps. */
  const change = (assignment: string, id: string) =>
    app.database.sql(
      `BEGIN; SET LOCAL session_replication_role = replica;
       UPDATE users SET ${assignment} WHERE id = '${id}'; COMMIT`,
    );

  it.each([
    ['username', `username = 'renamed' || left(id::text, 8)`, 'renamed'],
    ['email', `email = 'other@example.com'`, 'other@example.com'],
    ['proof of the address', 'email_verified_at = now()', '>confirmed<'],
    ['first name', `first_name = 'Other'`, 'value="Other"'],
    ['last name', `last_name = 'Else'`, 'value="Else"'],
    ['superuser status', 'is_superuser = true', '>superuser<'],
  ])('shows another %s with the next request, announced or not', async (_, assignment, shown) => {
    const { visitor, id } = await signedIn();
    expect(await profileOf(visitor)).not.toContain(shown);
    await change(assignment, id);
    expect(await profileOf(visitor)).toContain(shown);
  });

  it('shows what the owner and an administrator change with the next request', async () => {
    const { visitor, username, id } = await signedIn();
    await visitor.post(PROFILE, { firstName: 'ByPage', lastName: '' });
    expect(await profileOf(visitor)).toContain('ByPage');
    const { accessToken } = await signIn(app.http, username);
    await app.http.as(accessToken).patch('/api/users/me', { firstName: 'ByApi' });
    expect(await profileOf(visitor)).toContain('ByApi');
    const admin = await superuserSession(app);
    await admin.http.patch(`/api/users/${id}`, { email: 'moved@example.com' });
    expect(await profileOf(visitor)).toContain('moved@example.com');
    await admin.http.patch(`/api/users/${id}`, { isActive: false });
    expect((await visitor.get(PROFILE)).status).toBe(303);
  });

  it('shows the identities of its own account, the oldest first', async () => {
    const { sql } = app.database;
    const [one, other] = [await signedIn(), await signedIn()];
    const shown = async ({ visitor }: typeof one) =>
      (await profileOf(visitor)).match(/\w+@idp\.example(?=\s*<div)/g) ?? [];
    await connect(one.id, 'second@idp.example', { after: 1 });
    await connect(one.id, 'first@idp.example');
    expect(await shown(one)).toEqual(['first@idp.example', 'second@idp.example']);
    expect(await shown(other)).toEqual([]);
    await sql(`UPDATE federated_identities SET user_id = $1 WHERE subject LIKE 'first%'`, [
      other.id,
    ]);
    expect(await shown(one)).toEqual(['second@idp.example']);
    expect(await shown(other)).toEqual(['first@idp.example']);
    await sql('DELETE FROM federated_identities');
    expect([await shown(one), await shown(other)]).toEqual([[], []]);
  });

  it('shows a provider that is added, renamed and deleted with the next request, as the login page does', async () => {
    const provider = await startHostileProvider();
    const [connected, { visitor }] = [await signedIn(), await signedIn()];
    await connect(connected.id, 'ann@idp.example', { issuer: provider.issuer });
    const { http } = await superuserSession(app);
    const expectCalled = async (label: string | undefined) => {
      const pages = [
        await profileOf(visitor),
        (await new Visitor(app.http).get('/accounts/login')).text,
        (await new Visitor(app.http).get('/accounts/register')).text,
        (await app.http.get('/api/auth/federation')).text,
      ];
      expect(pages.map((text) => /[A-Z]\w+ Company/.exec(text)?.[0])).toEqual(
        pages.map(() => label),
      );
      const text = textOf(await profileOf(connected.visitor));
      expect(text).toContain(`Sign in with ${label ?? provider.issuer} ann@idp.example`);
      // This account is connected with it already.
      expect(text).not.toContain('Connect ');
    };
    await expectCalled(undefined);
    const { body } = await http.post<{ id: string }>('/api/identity-providers', {
      name: newUsername(),
      label: 'Big Company',
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: provider.clientSecret,
    });
    await expectCalled('Big Company');
    await http.patch(`/api/identity-providers/${body.id}`, { label: 'Small Company' });
    await expectCalled('Small Company');
    await http.delete(`/api/identity-providers/${body.id}`);
    await expectCalled(undefined);
    await provider.close();
  });

  it('is not shown when the account is gone or the session has ended', async () => {
    const [gone, signedOut] = [await signedIn(), await signedIn()];
    await app.database.sql('DELETE FROM users WHERE id = $1', [gone.id]);
    const cookie = signedOut.visitor.header;
    await signedOut.visitor.post('/accounts/logout');
    const replayed = await app.http.get(PROFILE, { cookie, accept: 'text/html' });
    for (const { status, text } of [await gone.visitor.get(PROFILE), replayed]) {
      expect({ status, text }).toEqual({ status: 303, text: '' });
    }
  });
});
