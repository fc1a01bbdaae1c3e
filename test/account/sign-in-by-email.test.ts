import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokensDto } from '../../src/auth/tokens.dto.js';
import { PASSWORD } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { pagesFor } from '../support/crawl.js';
import { REDIRECT_URI, signInWith } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type HttpClient, problem } from '../support/http.js';
import { run } from '../support/process.js';
import { Product } from '../support/product.js';
import { type EmailServer, linkIn, startEmailServer, tokenIn } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const APP = `
  import { Module } from '@nestjs/common';
  import { GatehouseModule } from 'gatehouse';
  @Module({
    imports: [GatehouseModule.forRoot({ root: import.meta.dirname, username: 'none' })],
  })
  export class AppModule {}`;
const ROOT_ADDRESS = 'root@example.com';
const NEW_PASSWORD = 'a brand new passphrase';
const VERIFY = 'Confirm your email address';

interface Document {
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, { properties?: Record<string, object> }> };
}

let serial = 0;
const newAddress = () => `person${++serial}@example.com`;

describe('a product without usernames', () => {
  let product: Product;
  let http: HttpClient;
  let emails: EmailServer;
  let provider: HostileProvider;
  let root: HttpClient;
  beforeAll(async () => {
    emails = await startEmailServer();
    provider = await startHostileProvider();
    product = await Product.create({ 'src/app.module.ts': APP });
    const started = await product.start({
      EMAIL_VERIFICATION: 'mandatory',
      SMTP_URL: emails.url,
      SWAGGER: 'on',
      ...provider.variables('trusted'),
      OIDC_TRUSTED_TRUST_EMAIL: 'on',
      OIDC_REDIRECT_URIS: REDIRECT_URI,
    });
    http = started.http;
  });
  beforeAll(async () => {
    expect(await createSuperuser(ROOT_ADDRESS)).toEqual({
      code: 0,
      output: `Superuser ${ROOT_ADDRESS} was created.\n`,
    });
    root = http.as((await signIn(ROOT_ADDRESS)).accessToken);
  });
  afterAll(async () => {
    await product.remove();
    await Promise.all([emails.close(), provider.close()]);
  });

  async function command(words: string[], variables: Record<string, string> = {}) {
    const all = { ...testVariables(product.database.url), EMAIL_VERIFICATION: 'mandatory' };
    const cli = run('bin', words, { ...all, ...variables }, { cwd: product.folder });
    return { code: await cli.exited, output: cli.output() };
  }

  const createSuperuser = (email: string, ...words: string[]) =>
    command(['createsuperuser', '--noinput', ...words], {
      SUPERUSER_USERNAME: 'ignored',
      SUPERUSER_EMAIL: email,
      SUPERUSER_PASSWORD: PASSWORD,
    });

  const tryToSignIn = (username: string, password = PASSWORD) =>
    http.post<TokensDto>('/api/auth/login', { username, password });

  async function signIn(address: string, password = PASSWORD) {
    const answer = await tryToSignIn(address, password);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body;
  }

  async function register(email: string, password = PASSWORD) {
    const answer = await http.post<{ id: string }>('/api/auth/register', { email, password });
    expect(answer).toMatchObject({ status: 201, body: { username: null, email } });
    return answer.body;
  }

  async function registerProven(email = newAddress()) {
    const { id } = await register(email);
    const token = tokenIn(await emails.next(email, VERIFY));
    const verified = await http.post('/api/account/email/verify', { token, password: PASSWORD });
    expect(verified.status).toBe(204);
    return { id, email };
  }

  const codeOf = (answer: Parameters<typeof problem>[0]) => problem(answer).code;

  it('registers an address and a password, and nothing else', async () => {
    const [email, password] = [newAddress(), PASSWORD];
    const refused = await http.post('/api/auth/register', { username: 'ann', email, password });
    expect(refused.status).toBe(422);
    expect(problem(refused).errors).toEqual([
      expect.objectContaining({ field: 'username', code: 'unknown_field' }),
    ]);
    const page = await new Visitor(http).get('/accounts/register');
    expect(page.text).not.toMatch(/username/i);
    expect(page.text).toContain('name="email"');
  });

  it('signs in with the address once it is proven, in any case', async () => {
    const email = newAddress();
    await register(email);
    expect(codeOf(await tryToSignIn(email))).toBe('invalid_credentials');
    const token = tokenIn(await emails.next(email, VERIFY));
    const prove = (password: string) => http.post('/api/account/email/verify', { token, password });
    expect(codeOf(await prove('a wrong password'))).toBe('invalid_credentials');
    expect((await prove(PASSWORD)).status).toBe(204);
    for (const name of [email, email.toUpperCase(), ` ${email} `]) {
      expect((await signIn(name)).user).toMatchObject({ username: null, email });
    }
    for (const name of [email.split('@')[0]!, '', 'x']) {
      expect((await tryToSignIn(name)).status).toBeGreaterThanOrEqual(401);
    }
    expect(codeOf(await tryToSignIn(email, 'a wrong password'))).toBe('invalid_credentials');
  });

  it('lets the stored value that replaces a username open nothing', async () => {
    const { id } = await registerProven();
    const [row] = await product.database.sql<{ username: string }>(
      'SELECT username FROM users WHERE id = $1',
      [id],
    );
    expect(codeOf(await tryToSignIn(row!.username))).toBe('invalid_credentials');
  });

  it('signs in on the pages, where the emailed link and the password prove the address', async () => {
    const email = newAddress();
    const visitor = new Visitor(http);
    const registered = await visitor.post('/accounts/register', {
      email,
      password: PASSWORD,
      passwordConfirm: PASSWORD,
    });
    expect(registered.status).toBe(303);
    const { pathname, search } = linkIn(await emails.next(email, VERIFY));
    const opened = await visitor.get(pathname + search);
    const shown = await visitor.get(opened.headers.get('location')!);
    expect(shown.text).toContain(`Password of ${email}`);
    const link = /name="link" value="([^"]+)"/.exec(shown.text)![1]!;
    const confirmed = await visitor.post(pathname, { link, password: PASSWORD });
    expect(confirmed.status).toBe(303);
    const stranger = new Visitor(http);
    expect((await stranger.get('/accounts/login')).text).toContain('>Email address<');
    const wrong = { username: email, password: 'a wrong password' };
    expect((await stranger.post('/accounts/login', wrong)).status).toBe(422);
    const right = { username: email, password: PASSWORD };
    expect((await stranger.post('/accounts/login', right)).status).toBe(303);
    const profile = await stranger.get('/accounts/profile');
    expect(profile.text).toContain(email);
    expect(profile.text).not.toMatch(/username/i);
    expect((await stranger.get('/accounts/reauthenticate')).text).toContain(`value="${email}"`);
    const again = await stranger.post('/accounts/reauthenticate', { password: PASSWORD });
    expect(again.status).toBe(303);
  });

  it('lets only the account in that proves an address which several claim', async () => {
    const email = newAddress();
    const first = await register(email, 'the password of a stranger');
    const second = await register(email);
    const tokens = [
      tokenIn(await emails.next(email, VERIFY)),
      tokenIn(await emails.next(email, VERIFY)),
    ];
    const prove = async (token: string) =>
      (await http.post('/api/account/email/verify', { token, password: PASSWORD })).status;
    expect(new Set(await Promise.all(tokens.map(prove)))).toEqual(new Set([204, 401]));
    expect((await signIn(email)).user.id).toBe(second.id);
    expect((await tryToSignIn(email, 'the password of a stranger')).status).toBe(401);
    const loser = await root.get(`/api/users/${first.id}`);
    expect(loser.body).toMatchObject({ username: null, email: '', emailVerified: false });
    // A third claim gets the same answer, and the owner an email.
    await register(email);
    await emails.next(email, 'Somebody tried to use your email address');
  });

  it('sends a link for a forgotten password to a proven address alone', async () => {
    const { email } = await registerProven();
    const claimed = newAddress();
    await register(claimed);
    for (const address of [claimed, email]) {
      const asked = await http.post('/api/account/password/reset', { email: address });
      expect(asked.status).toBe(202);
    }
    const reset = await emails.next(email, 'Choose a new password');
    expect(reset.text).toContain(`For the account ${email}`);
    expect(emails.unread(claimed)).toEqual([VERIFY]);
    const body = { token: tokenIn(reset), newPassword: NEW_PASSWORD };
    const set = await http.post('/api/account/password/reset/confirm', body);
    expect(set.status).toBe(204);
    await signIn(email, NEW_PASSWORD);
    expect((await tryToSignIn(email)).status).toBe(401);
  });

  it('names the caller by no username, and has no way to get one', async () => {
    const { email } = await registerProven();
    const caller = http.as((await signIn(email)).accessToken);
    expect((await caller.get('/api/auth/session')).body.username).toBe(null);
    expect((await caller.get('/api/users/me')).body).toMatchObject({ username: null, email });
    const renamed = await caller.patch('/api/users/me', { username: 'ann' });
    expect(problem(renamed).errors?.[0]).toMatchObject({
      field: 'username',
      code: 'unknown_field',
    });
    expect((await caller.patch('/api/users/me', { firstName: 'Ann' })).status).toBe(200);
    const visitor = new Visitor(http);
    await visitor.post('/accounts/login', { username: email, password: PASSWORD });
    expect((await visitor.get('/accounts/username')).status).toBe(404);
  });

  it('moves to another address, by which pages name the account at once', async () => {
    const { id, email } = await registerProven();
    const visitor = new Visitor(http);
    await visitor.post('/accounts/login', { username: email, password: PASSWORD });
    expect((await visitor.get('/')).text).toContain(email);
    const moved = newAddress();
    const asked = await visitor.post('/accounts/email/change', {
      email: moved,
      currentPassword: PASSWORD,
    });
    expect(asked.status).toBe(303);
    const token = tokenIn(await emails.next(moved, 'Confirm your new email address'));
    const body = { token, password: PASSWORD };
    expect((await http.post('/api/account/email/verify', body)).status).toBe(204);
    expect((await emails.next(moved, 'Your email address is confirmed')).text).not.toMatch(
      /username/i,
    );
    expect((await signIn(moved)).user.id).toBe(id);
    expect((await tryToSignIn(email)).status).toBe(401);
    const home = await visitor.get('/');
    expect(home.text).toContain(moved);
    expect(home.text).not.toContain(email);
  });

  it('lets administrators add, find and change accounts by their address', async () => {
    const email = newAddress();
    const added = await root.post<{ id: string }>('/api/users', { email });
    expect(added).toMatchObject({ status: 201, body: { username: null, email } });
    const named = await root.post('/api/users', { username: 'ann', email });
    expect(problem(named).errors?.[0]).toMatchObject({ field: 'username', code: 'unknown_field' });
    const invitation = await emails.next(email, 'Choose your password');
    expect(invitation.text).toContain(`Sign in as ${email}.`);
    const body = { token: tokenIn(invitation), newPassword: PASSWORD };
    expect((await http.post('/api/account/password/reset/confirm', body)).status).toBe(204);
    await signIn(email);

    const found = await root.get<{ items: object[] }>(`/api/users?search=${email}`);
    expect(found.body.items).toEqual([expect.objectContaining({ username: null, email })]);
    const all = await root.get<{ items: { email: string }[] }>('/api/users?limit=100');
    const addresses = all.body.items.map((one) => one.email);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses).toEqual(addresses.toSorted());

    const moved = newAddress();
    const changed = await root.patch(`/api/users/${added.body.id}`, { email: moved });
    expect(changed).toMatchObject({ status: 200, body: { username: null, email: moved } });
    expect((await tryToSignIn(moved)).status).toBe(401);
    const note = await emails.next(email, 'Your email address was changed');
    expect(note.text).not.toMatch(/username/i);
    const events = await root.get<{ items: { actor: object | null; subject: object }[] }>(
      `/api/audit-events?subjectType=user&subjectId=${added.body.id}`,
    );
    expect(events.body.items.find(({ actor }) => actor)).toMatchObject({
      actor: { username: null },
      subject: { name: moved },
    });
    expect(events.text).not.toContain('"username":{');

    const visitor = new Visitor(http);
    await visitor.post('/accounts/login', { username: ROOT_ADDRESS, password: PASSWORD });
    const page = await visitor.get('/admin/users/add');
    expect(page.text).not.toContain('name="username"');
    const byPage = newAddress();
    const sent = await visitor.post('/admin/users/add', { email: byPage });
    expect(sent.status).toBe(303);
    const account = await visitor.get(sent.headers.get('location')!);
    expect(account.text).toContain(`${byPage}</h1>`);
    expect(account.text).not.toContain('name="username"');
    const list = await visitor.get('/admin/users');
    expect(list.text).not.toMatch(/username/i);
    expect(list.text).toContain(byPage);
  });

  it('opens an account by a provider', async () => {
    const email = newAddress();
    const claims = { sub: 'a subject', email, email_verified: true, preferred_username: 'ann' };
    const answer = await signInWith(http, 'trusted', provider, claims);
    expect(answer).toMatchObject({ status: 200, body: { user: { username: null, email } } });
    const again = await signInWith(http, 'trusted', provider, claims);
    expect(again.body.user.id).toBe(answer.body.user.id);
  });

  it('refuses a username on the command line', async () => {
    const refused = await createSuperuser(newAddress(), '--username', 'boss');
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/^username: /);
  });

  it('finds and lists accounts by their address on the command line', async () => {
    const { email } = await registerProven();
    expect(await command(['users', 'deactivate', email])).toEqual({
      code: 0,
      output: `${email} is inactive now.\n`,
    });
    expect((await tryToSignIn(email)).status).toBe(401);
    const list = await command(['users', 'list']);
    expect(list.output).toContain(`\n${email}\tinactive\n`);
  });

  it('lets an operator vouch for an address that one account alone claims', async () => {
    const claimed = newAddress();
    await register(claimed);
    expect((await command(['users', 'verify-email', claimed])).code).toBe(0);
    await signIn(claimed);
    const shared = newAddress();
    await register(shared);
    await register(shared);
    expect(await command(['users', 'verify-email', shared])).toEqual({
      code: 1,
      output: `2 accounts claim the address ${shared}, and none of them has proven it.\n`,
    });
  });

  it('says in OpenAPI that a username is not sent, and null in answers', async () => {
    const { schemas } = (await http.get<Document>('/docs/openapi.json')).body.components;
    for (const name of ['RegisterDto', 'CreateUserDto', 'ChangeUserDto', 'UpdateMeDto']) {
      expect(schemas[name]!.properties).not.toHaveProperty('username');
      expect(schemas[name]).not.toMatchObject({ required: expect.arrayContaining(['username']) });
    }
    for (const name of ['AccountDto', 'UserDto', 'PrincipalDto', 'LinkedAccountDto']) {
      expect(schemas[name]!.properties!.username).toMatchObject({ type: 'string', nullable: true });
    }
    expect(schemas.LoginDto!.properties!.username).toMatchObject({ example: 'ann@example.com' });
  });

  it('shows the stored value that replaces a username on no page, in no answer and in no email', async () => {
    const rows = await product.database.sql<{ id: string; username: string }>(
      'SELECT id, username FROM users',
    );
    expect(rows.length).toBeGreaterThan(10);
    const visitor = new Visitor(http);
    await visitor.post('/accounts/login', { username: ROOT_ADDRESS, password: PASSWORD });
    const pages = await pagesFor(visitor);
    expect(pages.size).toBeGreaterThan(30);
    const shown = [...pages].map(([path, { text }]) => [path, text] as const);
    const { paths } = (await http.get<Document>('/docs/openapi.json')).body;
    const ids = [rows[0]!.id, rows.at(-1)!.id];
    let answered = 0;
    for (const [path, operations] of Object.entries(paths)) {
      if (!('get' in operations)) continue;
      for (const id of ids) {
        const answer = await root.get(path.replace('{id}', id));
        if (answer.status === 200) answered++;
        shown.push([path, answer.text]);
      }
    }
    expect(answered).toBeGreaterThan(15);
    for (const path of ['/admin/users/export', '/admin/audit/export']) {
      const file = await visitor.get(path);
      expect(file.status).toBe(200);
      shown.push([path, file.text]);
    }
    for (const { subject, text, html } of emails.mails) shown.push([subject, text + html]);
    const leaks = shown.flatMap(([where, text]) =>
      rows.filter(({ username }) => text.includes(username)).map(() => where),
    );
    expect(leaks).toEqual([]);
  });
});

describe('a product without usernames', () => {
  const product = Product.create({ 'src/app.module.ts': APP });
  afterAll(async () => (await product).remove());

  it('does not start unless every address has to be proven', async () => {
    for (const verification of ['optional', 'none']) {
      const { code, output } = await (
        await product
      ).failToStart({ EMAIL_VERIFICATION: verification });
      expect(code).toBe(1);
      expect(output.trim().split('\n').at(-1)).toContain(
        `GatehouseModule.forRoot({ username: 'none' }) needs EMAIL_VERIFICATION=mandatory`,
      );
    }
  });
});
