import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PASSWORD, register } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import type { HttpClient } from '../support/http.js';
import { ROUTES } from '../support/route-table.js';
import { Visitor } from '../support/visitor.js';

const { Logger } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const SECRET = 'a passphrase that nothing keeps';

/** A form of a page, and the names of its fields. */
interface ShownForm {
  page: string;
  action: string;
  hidden: [string, string][];
  /** Fields that a person types text into. */
  typed: string[];
  passwords: string[];
}

describe('a form that was sent when its session had ended', () => {
  let app: TestApp;
  let admin: { username: string; id: string; http: HttpClient };
  beforeAll(async () => {
    app = await startApp();
    const { user, http } = await superuserSession(app);
    admin = { username: user.username, id: user.id, http };
  });
  afterAll(() => app.close());

  const fieldsIn = (html: string, pattern: RegExp) =>
    [...html.matchAll(pattern)].map(([tag]) => ({
      name: attribute(tag, 'name'),
      type: attribute(tag, 'type') || 'text',
      value: attribute(tag, 'value'),
      isFixed: /\b(disabled|readonly)\b/i.test(tag),
    }));
  const formsIn = (page: string, text: string): ShownForm[] =>
    [...text.matchAll(/<form method="post"[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].map(
      ([, action, html]) => {
        const inputs = fieldsIn(html!, /<(?:input|textarea)\b[^>]*>/g);
        return {
          page,
          action: action!,
          hidden: inputs
            .filter(({ type }) => type === 'hidden')
            .map(({ name, value }) => [name, value]),
          typed: inputs
            .filter(
              ({ type, isFixed, name }) =>
                !isFixed && name && /^(text|email|url|search)$/.test(type),
            )
            .map(({ name }) => name),
          passwords: inputs.filter(({ type }) => type === 'password').map(({ name }) => name),
        };
      },
    );
  const signIn = async (visitor: Visitor, username = admin.username, to = '/accounts/login') => {
    const login = await visitor.get(to);
    const token = formsIn(to, login.text).find(
      ({ action }) => action === '/accounts/login',
    )!.hidden;
    const fields = [...token, ['username', username], ['password', PASSWORD]] as [string, string][];
    return { login, answer: await visitor.send('/accounts/login', fields) };
  };
  const endSessions = () => admin.http.delete('/api/account/sessions');

  it('leads to the sign-in page, and back to what was typed, from every page', async () => {
    const role = await admin.http.post<{ id: string }>('/api/roles', { name: 'interrupted' });
    const provider = await app.database.sql<{ id: string }>(
      `INSERT INTO identity_providers (name, label, issuer, client_id, sealed_client_secret, scopes)
       VALUES ('interrupted', 'x', 'https://id.example.com', 'x', 'x', 'openid') RETURNING id`,
    );
    const { id: account } = await register(app.http);
    const idOf = (path: string) =>
      path.startsWith('/admin/roles')
        ? role.body.id
        : path.startsWith('/admin/providers')
          ? provider[0]!.id
          : account;
    const pages = ROUTES.filter(
      ({ method, isPage, isPublic, path }) =>
        method === 'GET' && isPage && !isPublic && !/:(?!id)/.test(path),
    ).map(({ path }) => path.replace(':id', idOf(path)));
    const visitor = new Visitor(app.http);
    await signIn(visitor);
    const forms: ShownForm[] = [];
    for (const page of pages) {
      const { status, text } = await visitor.get(page);
      if (status !== 200) continue;
      // The button to sign out stands on every page.
      const shown = formsIn(page, text).filter(({ action }) => action !== '/accounts/logout');
      forms.push(...shown);
    }
    expect(forms.length).toBeGreaterThan(15);
    expect(forms.filter(({ typed }) => typed.length > 0).length).toBeGreaterThan(6);
    for (const { page, action, typed, passwords } of forms) {
      // The form of a session that is alive: as people have it open when the session ends.
      const { text } = await visitor.get(page);
      const { hidden } = formsIn(page, text).find((one) => one.action === action)!;
      await endSessions();
      const fields = [
        ...hidden,
        ...typed.map((name, i) => [name, `typed-${i}`]),
        ...passwords.map((name) => [name, SECRET]),
      ] as [string, string][];
      const before = await app.database.fingerprint('sessions');
      const answer = await visitor.send(action, fields);
      expect(await app.database.fingerprint('sessions')).toBe(before);
      const to = answer.headers.get('location')!;
      // A sign-in is all that the page for it could ask for.
      const wanted = action === '/accounts/reauthenticate' ? '/accounts/profile' : page;
      expect({ action, status: answer.status, to }).toEqual({
        action,
        status: 303,
        to: `/accounts/login?next=${encodeURIComponent(wanted)}`,
      });
      for (const value of visitor.cookies.values()) expect(value).not.toContain('typed');
      const { login, answer: signedIn } = await signIn(visitor, admin.username, to);
      expect(login.text).toContain('Your session has expired. Sign in to go on.');
      expect(signedIn.headers.get('location')).toBe(wanted);
      const back = await visitor.get(wanted);
      expect(back.status).toBe(200);
      for (const [i] of typed.entries()) expect(back.text).toContain(`"typed-${i}"`);
      expect(back.text).not.toContain(SECRET);
      if (typed.length > 0) expect(back.text).toContain('Your changes are not saved yet.');
      // Once: opened again it shows what is stored.
      expect((await visitor.get(page)).text).not.toContain('typed-');
    }
  });

  const profileForm = async (visitor: Visitor) => {
    const { text } = await visitor.get('/accounts/profile');
    return formsIn('/accounts/profile', text).find(({ action }) => action === '/accounts/profile')!
      .hidden;
  };
  const newVisitor = async () => {
    const account = await register(app.http);
    const visitor = new Visitor(app.http);
    await signIn(visitor, account.username);
    return { ...account, visitor };
  };

  it('is shown again to nobody but its author, in whatever way the session was lost', async () => {
    const author = await newVisitor();
    const hidden = await profileForm(author.visitor);
    author.visitor.cookies.delete('gatehouse-session');
    const typed: [string, string][] = [...hidden, ['firstName', 'Ann'], ['lastName', 'Author']];
    const { headers } = await author.visitor.send('/accounts/profile', typed);
    const to = headers.get('location')!;
    const other = await register(app.http);
    const { login } = await signIn(author.visitor, other.username, to);
    expect(login.text).toContain('What you typed is kept, except passwords.');
    const foreign = await author.visitor.get('/accounts/profile');
    expect(foreign.text).not.toContain('"Author"');
    expect(foreign.text).not.toContain('not saved yet');
    // A form of the account from before is not taken for the other one.
    const late = await author.visitor.send('/accounts/profile', typed);
    expect(late.status).toBe(419);
    expect(late.text).toContain(`You are signed in as ${other.username}.`);
    expect(late.text).toContain('href="/accounts/profile"');
  });

  it('is shown again when its author has signed in since, in another tab', async () => {
    const { visitor, username } = await newVisitor();
    const hidden = await profileForm(visitor);
    visitor.cookies.delete('gatehouse-session');
    await signIn(visitor, username);
    const answer = await visitor.send('/accounts/profile', [...hidden, ['lastName', 'Second']]);
    expect({ status: answer.status, to: answer.headers.get('location') }).toEqual({
      status: 303,
      to: '/accounts/profile',
    });
    const { text } = await visitor.get('/accounts/profile');
    expect(text).toContain('You signed in again after you opened this form: it was not sent.');
    expect(text).toContain('"Second"');
  });

  it('is kept for its own page and tab, and no more of it than a cookie takes', async () => {
    const { visitor, username } = await newVisitor();
    const profile = await profileForm(visitor);
    const { text } = await visitor.get('/accounts/email/change');
    const change = formsIn('', text).find(({ action }) => action === '/accounts/email/change')!;
    visitor.cookies.delete('gatehouse-session');
    const tabs = [
      ['/accounts/profile', [...profile, ['lastName', 'In one tab']]],
      ['/accounts/email/change', [...change.hidden, ['email', 'in-another-tab@example.com']]],
    ] as [string, [string, string][]][];
    for (const [path, fields] of tabs) await visitor.send(path, fields);
    await signIn(visitor, username);
    expect((await visitor.get('/accounts/sessions')).text).not.toContain('not saved yet');
    expect((await visitor.get('/accounts/email/change')).text).toContain(
      '"in-another-tab@example.com"',
    );
    expect((await visitor.get('/accounts/profile')).text).toContain('"In one tab"');
    visitor.cookies.delete('gatehouse-session');
    await visitor.send('/accounts/profile', [...profile, ['lastName', 'x'.repeat(10_000)]]);
    for (const [name, value] of visitor.cookies) {
      expect(`${name}=${value}`.length).toBeLessThan(4_096);
    }
  });

  it('of another site leaves nothing behind', async () => {
    const { visitor } = await newVisitor();
    const foreign = await newVisitor();
    const hidden = await profileForm(foreign.visitor);
    visitor.cookies.delete('gatehouse-session');
    for (const fields of [[], hidden, [['_token', 'x']]] as [string, string][][]) {
      const answer = await visitor.send('/accounts/profile', [...fields, ['lastName', 'Mallory']]);
      expect(answer.status).toBe(303);
      expect([...visitor.cookies.keys()].filter((name) => name.includes('kept'))).toEqual([]);
    }
  });

  it('says so at a page that is only looked at, too', async () => {
    const { visitor } = await newVisitor();
    const session = visitor.cookies.get('gatehouse-session')!;
    await visitor.post('/accounts/logout');
    visitor.cookies.set('gatehouse-session', session);
    const { headers } = await visitor.get('/accounts/sessions');
    const { text } = await visitor.get(headers.get('location')!);
    expect(text).toContain('Your session has expired. Sign in to go on.');
    // A visitor who never signed in has lost nothing.
    const stranger = new Visitor(app.http);
    const asked = await stranger.get('/accounts/sessions');
    expect((await stranger.get(asked.headers.get('location')!)).text).not.toContain('expired');
  });
});

describe('a browser that takes no cookies', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('is told so by every form [ASVS 3.5.1]', async () => {
    const form = {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    };
    const { text } = await app.http.get('/accounts/login', { accept: 'text/html' });
    const token = /name="_token" value="([^"]+)"/.exec(text)![1]!;
    for (const { address, method, isPage } of ROUTES) {
      if (method !== 'POST' || !isPage || address.endsWith('/callback')) continue;
      for (const cookie of ['', 'theme=dark']) {
        const headers = cookie === '' ? form : { ...form, cookie };
        const answer = await app.http.send('POST', address, `_token=${token}`, headers);
        expect({ address, status: answer.status }).toEqual({ address, status: 419 });
        expect(answer.text).toContain('Your browser sent no cookies');
        expect(answer.text).toContain('Open the page again');
      }
    }
  });

  it('and one that opened another address than PUBLIC_URL are told apart, with one line in the log', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const origins = ['http://192.0.2.7:3000', 'null', `http://x.example/${'y'.repeat(9_000)}`];
    for (const origin of [...origins, ...origins]) {
      const answer = await app.http.send('POST', '/accounts/login', '', {
        accept: 'text/html',
        'content-type': 'application/x-www-form-urlencoded',
        origin,
      });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('This form was refused');
      expect(answer.text).toContain(`href="${PUBLIC_URL}/accounts/login"`);
    }
    const warnings = warn.mock.calls.map(([message]) => String(message));
    warn.mockRestore();
    expect(warnings).toHaveLength(origins.length);
    expect(warnings[0]).toContain('http://192.0.2.7:3000');
    for (const warning of warnings) expect(warning).toContain(PUBLIC_URL);
    expect(warnings.join('')).not.toContain('yyy');
  });
});

function attribute(tag: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
}
