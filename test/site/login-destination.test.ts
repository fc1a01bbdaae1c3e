import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueToken, newUsername, PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { Visitor } from '../support/visitor.js';

const NEXT = '/accounts/sessions?from=a%2Fb';
const QUERY = `?next=${encodeURIComponent(NEXT)}`;
const SIGNED_OUT = ['/accounts/login', '/accounts/register', '/accounts/password/reset'];

describe('the page that a visitor wanted', () => {
  let app: TestApp;
  let provider: HostileProvider;
  beforeAll(async () => {
    provider = await startHostileProvider();
    app = await startApp(provider.variables('my-company'));
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  const linksIn = (text: string) =>
    [...text.matchAll(/<a [^>]*href="(\/accounts\/[^"]+)"/g)].map(([, to]) => to!);
  const fieldsOf = (text: string) =>
    [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name, value]) => [name!, value!] as [string, string],
    );

  it('goes along with every link and form between pages for visitors who are signed out', async () => {
    const pages = [...SIGNED_OUT, '/accounts/password/reset/done'];
    for (const page of pages) {
      const { text } = await app.http.get(`${page}${QUERY}`, { accept: 'text/html' });
      const links = linksIn(text);
      expect(links.length).toBeGreaterThan(2);
      for (const to of links)
        expect({ page, to }).toEqual({ page, to: expect.stringContaining(QUERY) });
      if (SIGNED_OUT.includes(page)) expect(fieldsOf(text)).toContainEqual(['next', NEXT]);
    }
  });

  it('is no page of another site, and no door [A40]', async () => {
    const bad = ['//evil.example', '/\\evil', 'https://evil.example', '/accounts/logout', 'x'];
    for (const next of bad) {
      for (const page of SIGNED_OUT) {
        const query = `?next=${encodeURIComponent(next)}`;
        const { text } = await app.http.get(page + query, { accept: 'text/html' });
        expect({ page, next, isKept: text.includes('next') }).toEqual({
          page,
          next,
          isKept: false,
        });
      }
    }
  });

  const signIn = async (visitor: Visitor, to: string, username: string, password = PASSWORD) => {
    const { text } = await visitor.get(to);
    const fields = [...fieldsOf(text), ['username', username], ['password', password]];
    return visitor.send('/accounts/login', fields as [string, string][]);
  };

  it('is reached after a registration that failed once', async () => {
    const visitor = new Visitor(app.http);
    const username = newUsername();
    const fields = { username, email: `${username}@example.com`, password: PASSWORD };
    const shown = await visitor.get(`/accounts/register${QUERY}`);
    const wrong = Object.entries({ ...fields, passwordConfirm: 'x' });
    const again = await visitor.send('/accounts/register', [...fieldsOf(shown.text), ...wrong]);
    expect(again.status).toBe(422);
    const right = Object.entries({ ...fields, passwordConfirm: PASSWORD });
    const { headers } = await visitor.send('/accounts/register', [
      ...fieldsOf(again.text),
      ...right,
    ]);
    expect(headers.get('location')).toBe(`/accounts/login${QUERY}`);
    const answer = await signIn(visitor, headers.get('location')!, username);
    expect(answer.headers.get('location')).toBe(NEXT);
  });

  it('is reached by way of a mailbox, in the browser that asked, once', async () => {
    const account = await register(app.http);
    const visitor = new Visitor(app.http);
    const { text } = await visitor.get(`/accounts/password/reset${QUERY}`);
    const asked = [...fieldsOf(text), ['email', account.email]] as [string, string][];
    const done = await visitor.send('/accounts/password/reset', asked);
    expect(done.headers.get('location')).toBe(`/accounts/password/reset/done${QUERY}`);
    const token = await issueToken(app.database, 'reset_password', account);
    const link = `/accounts/password/reset/confirm?token=${token}`;
    const opened = await visitor.get((await visitor.get(link)).headers.get('location')!);
    const password = 'a brand new passphrase';
    const chosen = Object.entries({ password, passwordConfirm: password });
    const { headers } = await visitor.send('/accounts/password/reset/confirm', [
      ...fieldsOf(opened.text),
      ...chosen,
    ]);
    expect(headers.get('location')).toBe(`/accounts/login${QUERY}`);
    const answer = await signIn(visitor, headers.get('location')!, account.username, password);
    expect(answer.headers.get('location')).toBe(NEXT);
    expect(visitor.cookies.has('gatehouse-next')).toBe(false);
  });

  it('is reached with a proof of the address, which signs in', async () => {
    const visitor = new Visitor(app.http);
    const username = newUsername();
    const email = `${username}@example.com`;
    const { text } = await visitor.get(`/accounts/register${QUERY}`);
    const typed = { username, email, password: PASSWORD, passwordConfirm: PASSWORD };
    await visitor.send('/accounts/register', [...fieldsOf(text), ...Object.entries(typed)]);
    const [row] = await app.database.sql<{ id: string }>('SELECT id FROM users WHERE email = $1', [
      email,
    ]);
    const token = await issueToken(app.database, 'prove_email', { id: row!.id, email });
    const link = await visitor.get(`/accounts/email/verify?token=${token}`);
    const shown = await visitor.get(link.headers.get('location')!);
    const confirm = [...fieldsOf(shown.text).slice(0, 2), ['password', PASSWORD]] as [
      string,
      string,
    ][];
    const { headers } = await visitor.send('/accounts/email/verify', confirm);
    expect(headers.get('location')).toBe(NEXT);
  });

  it('is still known when a provider signed nobody in', async () => {
    const visitor = new Visitor(app.http);
    const begun = await visitor.get(`/accounts/federation/my-company${QUERY}`);
    const { searchParams } = new URL(begun.headers.get('location')!);
    const state = searchParams.get('state')!;
    const refused = await visitor.get(
      `/accounts/federation/my-company/callback?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`,
    );
    const links = linksIn(refused.text.split('<main')[1]!);
    expect(links).toEqual([`/accounts/federation/my-company${QUERY}`, `/accounts/login${QUERY}`]);
  });
});
