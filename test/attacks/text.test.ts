import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { problem } from '../support/http.js';
import { operationsOf, type Schema } from '../support/openapi.js';
import { browserOf } from '../support/page-cookies.js';
import { ROUTES } from '../support/route-table.js';

/** What is not seen, ends a line, or turns the direction of what stands beside it. */
const ODD = {
  'U+202E': '\u202E',
  'U+2066': '\u2066',
  'U+200B': '\u200B',
  'U+3164': '\u3164',
  'U+FEFF': '\uFEFF',
  'U+00AD': '\u00AD',
  'U+E0041': '\u{E0041}',
  'U+0000': '\0',
  'U+0085': '\u0085',
  'U+2028': '\u2028',
};
/** What stands for what is not there has no business in JSON alone. */
const ODD_IN_JSON = { ...ODD, 'U+2800': '\u2800', 'U+034F': '\u034F' };

/** What is left out around these, which cannot begin or end with it: the rest is one form of the same name. */
const PADDING = ['U+202E', 'U+2066', 'U+200B', 'U+FEFF', 'U+00AD'];
const LEFT_OUT: Record<string, readonly string[]> = {
  username: [...PADDING, 'U+0085', 'U+2028'],
  email: PADDING,
  newEmail: PADDING,
};

/** Secrets, which are compared and never shown. A password may have any character (NIST SP 800-63B). */
const SECRETS = new Set([
  'password',
  'currentPassword',
  'newPassword',
  'refreshToken',
  'token',
  // Of a provider, or ours: what is not known ends no sign-in, and is never shown.
  'handle',
  'emailToken',
  'code',
  'state',
  'iss',
]);
/** A name of before the rule still signs in, and so may be tried. */
const isOldName = (path: string, field: string, odd: string) =>
  field === 'username' &&
  ['U+3164', 'U+2800', 'U+034F'].includes(odd) &&
  /\/(auth\/(login|verification)|accounts\/login)$/.test(path);

describe('text of one line', () => {
  let app: TestApp;
  let boss: Session;
  let provider: HostileProvider;
  let ids: { users: string; roles: string; 'identity-providers': string };
  beforeAll(async () => {
    provider = await startHostileProvider();
    app = await startApp({
      SWAGGER: 'on',
      ...provider.variables('fixed'),
      OIDC_REDIRECT_URIS: 'com.example.app:/callback',
    });
    boss = await superuserSession(app);
    const target = await register(app.http);
    const role = await boss.http.post<{ id: string }>('/api/roles', { name: 'reporter' });
    const added = await boss.http.post<{ id: string }>('/api/identity-providers', {
      name: 'company',
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: provider.clientSecret,
    });
    ids = { users: target.id, roles: role.body.id, 'identity-providers': added.body.id };
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  const addressOf = (path: string) => {
    const kind = /(users|roles|providers)/.exec(path)?.[1];
    const id = kind === 'providers' ? ids['identity-providers'] : ids[kind as 'users' | 'roles'];
    return path.replaceAll(/\{provider\}|:provider/g, 'fixed').replaceAll(/\{\w+\}|:id/g, id ?? '');
  };
  const isText = ({ type, format, enum: choices }: Schema) =>
    type === 'string' && !choices && format !== 'password';

  it('is refused in every field of the API with what nobody sees, and nothing changes [ASVS 2.2.1]', async () => {
    const before = await app.database.fingerprint('audit_events', 'federation_attempts');
    const tried: string[] = [];
    const accepted: string[] = [];
    for (const { method, path: template, properties, body } of await operationsOf(
      app.http,
      '{id}',
    )) {
      const path = addressOf(
        template.replace(/(federation|identities)\/\{id\}\//, '$1/{provider}/'),
      );
      for (const [field, schema] of Object.entries(properties)) {
        const isList = schema.type === 'array' && schema.items?.type === 'string';
        if ((!isText(schema) && !isList) || SECRETS.has(field)) continue;
        tried.push(`${method} ${template} ${field}`);
        const [example = 'example'] = [schema.example].flat() as string[];
        for (const [name, odd] of Object.entries(ODD_IN_JSON)) {
          const texts = [`${example.slice(0, 2)}${odd}${example.slice(2)}`];
          if (!LEFT_OUT[field]?.includes(name)) texts.push(example + odd);
          for (const text of texts) {
            const given = { ...body, [field]: isList ? [text] : text };
            const answer = await boss.http.send(method, path, given);
            const isRefused =
              answer.status === 422 &&
              problem(answer).errors.some((one) => one.field.startsWith(field));
            if (!isRefused && !(isOldName(path, field, name) && answer.status === 401)) {
              accepted.push(`${method} ${template} ${field} ${name}: ${answer.status}`);
            }
          }
        }
      }
    }
    expect(accepted).toEqual([]);
    // As many as there were when this was written: a field of a DTO that is not found proves nothing.
    expect(tried.length).toBeGreaterThanOrEqual(32);
    expect(await app.database.fingerprint('audit_events', 'federation_attempts')).toBe(before);
  });

  it('is refused in every filter of a list', async () => {
    const operations = await operationsOf(app.http, '{id}');
    const tried: string[] = [];
    const accepted: string[] = [];
    for (const { method, path, query } of operations) {
      for (const name of query) {
        tried.push(`${path} ${name}`);
        for (const [what, odd] of Object.entries(ODD)) {
          const text = encodeURIComponent(`us${odd}er`);
          const answer = await boss.http.send(method, `${addressOf(path)}?${name}=${text}`);
          if (answer.status !== 422) accepted.push(`${path} ${name} ${what}: ${answer.status}`);
        }
      }
    }
    expect(accepted).toEqual([]);
    expect(tried.length).toBeGreaterThanOrEqual(12);
  });

  it('is refused in every form of a page, with the reason at the field', async () => {
    const { cookie } = browserOf(boss.accessToken);
    const before = await app.database.fingerprint(
      'audit_events',
      'federation_attempts',
      'sessions',
    );
    const pages = ROUTES.filter(({ method, isPage }) => isPage && method === 'GET');
    const tried = new Set<string>();
    const accepted: string[] = [];
    for (const caller of [{ cookie }, { cookie: browserOf().cookie }]) {
      for (const { path } of pages) {
        const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin', ...caller };
        const shown = await app.http.get(addressOf(path), headers);
        if (shown.status !== 200) continue;
        for (const { action, fields } of formsOf(shown.text)) {
          for (const { name, type } of fields) {
            if (!['text', 'email', 'url', 'search'].includes(type)) continue;
            if (tried.has(`${action} ${name}`)) continue;
            tried.add(`${action} ${name}`);
            for (const [what, odd] of Object.entries(ODD)) {
              const typed = fields.map((one) => [one.name, plausible(one)]);
              const form = new URLSearchParams([
                ...typed.filter(([field]) => field !== name),
                [name, `us${odd}er`],
              ] as [string, string][]);
              const answer = await app.http.send('POST', action, form.toString(), {
                ...headers,
                'content-type': 'application/x-www-form-urlencoded',
              });
              const isTold = new RegExp(`name="${name}"[^>]*aria-invalid="true"`).test(answer.text);
              if ((answer.status !== 422 || !isTold) && !isOldName(action, name, what)) {
                accepted.push(`${action} ${name} ${what}: ${answer.status}`);
              }
            }
          }
        }
      }
    }
    expect(accepted).toEqual([]);
    expect(tried.size).toBeGreaterThanOrEqual(20);
    const after = await app.database.fingerprint('audit_events', 'federation_attempts', 'sessions');
    expect(after).toBe(before);
  });

  it.each([
    ['Persian with a joiner that is seen', '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645'],
    ['Sinhala with a joiner after a virama', '\u0DC1\u0DCA\u200D\u0DBB\u0DD3'],
    ['an emoji of several characters', 'Ann \u{1F469}\u200D\u{1F680}\u2764\uFE0F'],
    ['Hebrew', '\u05D3\u05D5\u05D3'],
    ['Hindi', '\u0930\u093E\u092E'],
  ])('is taken as it is: %s', async (_, firstName) => {
    const { http } = await newSession(app.http);
    const { status, body } = await http.patch('/api/users/me', { firstName });
    expect({ status, firstName: body.firstName }).toEqual({ status: 200, firstName });
  });

  it.each([
    ['after a letter that joins nothing', '\u062F\u0627\u062F\u200C\u06AF\u0631'],
    ['at the end', '\u0645\u06CC\u200C'],
    ['in Latin', 'An\u200Cn'],
    ['after no pictograph', 'Ann\uFE0F'],
  ])('is refused with a joiner that is not seen: %s', async (_, firstName) => {
    const { http } = await newSession(app.http);
    const answer = await http.patch('/api/users/me', { firstName });
    expect(problem(answer).errors).toEqual([
      {
        field: 'firstName',
        code: 'invalid_format',
        message:
          'The name must be one line without control, invisible or direction-changing characters.',
      },
    ]);
  });
});

describe('what a browser calls itself', () => {
  it('is shown as one line', async () => {
    const app = await startApp();
    const { username } = await register(app.http);
    const headers = { 'user-agent': 'Mozilla\u00AD\u0085\u009F/5.0' };
    await app.http.post('/api/auth/login', { username, password: PASSWORD }, headers);
    const rows = await app.database.sql<{ name: string }>(
      'SELECT user_agent AS name FROM sessions',
    );
    expect(rows.map(({ name }) => name)).toEqual(['Mozilla???/5.0']);
    await app.close();
  });
});

describe('a username', () => {
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    app = await startApp({ RESERVED_USERNAMES: 'Sales, press-desk' });
    boss = await superuserSession(app);
    await register(app.http, { username: 'Paul.Miller' });
  });
  afterAll(() => app.close());

  const tryRegister = (username: string) =>
    app.http.post('/api/auth/register', {
      username,
      email: 'someone@example.com',
      password: PASSWORD,
    });

  it.each([
    ['a Cyrillic letter among Latin ones', 'r\u043Eot'],
    ['a Greek letter among Latin ones', 'r\u03BFot'],
    ['a Latin letter among Cyrillic ones', '\u0440\u043E\u0441ca'],
    ['small capitals', '\u0280\u1D0F\u1D0F\u1D1B'],
    ['letters of Cherokee', '\u13A1\u13BB\u13A2\u13A1'],
    ['Arabic digits among Latin letters', 'user\u0661'],
  ])('of %s is refused, with the reason', async (_, username) => {
    expect(problem(await tryRegister(username)).errors).toEqual([
      {
        field: 'username',
        code: 'invalid_format',
        message: 'The username must be written in the letters of one script.',
      },
    ]);
  });

  it.each([
    ['nothing but a filler', '\u3164'],
    ['a name and a filler', 'paul.miller\u3164'],
    ['a half-width filler', 'paul.miller\uFFA0'],
  ])('of %s is refused', async (_, username) => {
    expect(problem(await tryRegister(username)).errors.map(({ field }) => field)).toEqual([
      'username',
    ]);
  });

  it.each(['\u0438\u0432\u0430\u043D', '\u5C71\u7530\u305F\u308D\u3046', '\uAE40ann', 'an\u00E9e'])(
    'of one script, or of those that are written together, is taken: %s',
    async (username) => {
      const email = `${Buffer.from(username).toString('hex')}@example.com`;
      const user = await register(app.http, { username, email });
      expect(user.username).toBe(username);
    },
  );

  it.each([
    'हिन्दी',
    'สมชายดี',
    'น้ำผึ้ง',
    'தமிழ்',
    'বাংলা',
    'తెలుగు',
    'ಕನ್ನಡ',
    'മലയാളം',
    'ગુજરાતી',
    'ਪੰਜਾਬੀ',
    'ଓଡ଼ିଆ',
    'မြန်မာ',
    'မျှော်',
    'ខ្មែរ',
    'ລາວ',
    'ກີ້',
    'සිංහල',
    'བོད་'.slice(0, -1),
    'ދިވެހި',
    'ქართული',
    'አማርኛ',
    'Հայերեն',
    'עִבְרִית',
    'مُحَمَّد',
    'ọ́bá',
    'Nguyễn',
  ])(
    'of letters with marks is taken, signs in, and is one in each normal form: %s',
    async (name) => {
      const email = `${Buffer.from(name).toString('hex')}@example.com`;
      const { username } = await register(app.http, { username: name.normalize('NFD'), email });
      expect(username).toBe(name.normalize('NFKC'));
      expect((await signIn(app.http, name.normalize('NFC'))).user.username).toBe(username);
      expect(problem(await tryRegister(name.normalize('NFC'))).code).toBe('username_taken');
    },
  );

  it.each([
    ['a mark that follows no letter', '\u0301ann'],
    ['a mark on a digit', '1\u0301'],
    ['five marks on one letter', 'zo\u0316\u0317\u0318\u0319\u031C'],
    ['forty marks on one letter', `z${'\u0316\u0301'.repeat(20)}`],
    ['the same mark twice', 'e\u0301\u0301va'],
    ['a mark that encloses its letter', 'a\u20DD'],
    ['a mark of another script', '\u0E01\u0301'],
    ['a Thai vowel on a Latin letter', 'ann\u0E35'],
    ['a joiner', '\u0DC1\u0DCA\u200D\u0DBB\u0DD3'],
    ['a non-joiner', '\u0639\u0644\u06CC\u200C\u0631\u0636\u0627'],
    ['a variation selector', 'ann\uFE00'],
  ])('of %s is refused', async (_, username) => {
    const refused = problem(await tryRegister(username));
    expect(refused.errors.map(({ field, code }) => `${field} ${code}`)).toEqual([
      'username invalid_format',
    ]);
  });

  it.each(['PauI.Miller', 'pau1.miller', 'paul.rniller', 'PAUL.MI11ER', 'PAUl.MIllER'])(
    'that looks like another is taken, whoever gives it [A10]: %s',
    async (username) => {
      const refused = await tryRegister(username);
      expect(problem(refused)).toMatchObject({
        status: 409,
        code: 'username_taken',
        errors: [{ field: 'username', code: 'username_taken' }],
      });
      const account = { username, email: 'someone@example.com' };
      const byAdministrator = await boss.http.post('/api/users', account);
      expect(problem(byAdministrator).code).toBe('username_taken');
      const { user } = await newSession(app.http);
      const renamed = await boss.http.patch(`/api/users/${user.id}`, { username });
      expect(problem(renamed).code).toBe('username_taken');
    },
  );

  it.each([
    ...['admin', 'administrator', 'root', 'superuser', 'support', 'help', 'staff', 'moderator'],
    ...['postmaster', 'hostmaster', 'webmaster', 'abuse', 'security', 'noreply'],
    ...['me', 'api', 'self', 'system', 'anonymous', 'gatehouse'],
    ...[
      'ADMIN',
      'Root',
      'ad.min',
      'admin_',
      '-me-',
      'adm1n',
      'supp0rt',
      'ａｄｍｉｎ',
      ' admin\u00A0',
      'mailer.daemon',
    ],
    ...['sales', 'SA.LES', 'pressdesk'],
  ])('that is reserved is refused: %j', async (username) => {
    expect(problem(await tryRegister(username)).errors).toEqual([
      {
        field: 'username',
        code: 'username_reserved',
        message: 'This username is reserved. Choose another one.',
      },
    ]);
  });

  it.each(['admiral', 'Ali', 'melanie', 'rooter', 'helpful.ann', 'adm\u00EDn.istrate'])(
    'that only resembles a reserved one is taken: %s',
    async (username) => {
      const email = `${Buffer.from(username).toString('hex')}@example.com`;
      expect((await register(app.http, { username, email })).username).toBe(username);
    },
  );

  it('that is reserved may be given by an administrator, signs in, and stays', async () => {
    const account = { username: 'support', email: 'support@example.com' };
    expect((await boss.http.post('/api/users', account)).status).toBe(201);
    const { user, http } = await newSession(app.http);
    const renamed = await boss.http.patch(`/api/users/${user.id}`, { username: 'postmaster' });
    expect(renamed.status).toBe(200);
    expect((await signIn(app.http, 'postmaster')).user.id).toBe(user.id);
    expect((await http.patch('/api/users/me', { firstName: 'Ann' })).status).toBe(200);
  });

  it('of another script that looks the same is taken', async () => {
    await register(app.http, { username: 'poca' });
    expect(problem(await tryRegister('\u0440\u043E\u0441\u0430')).code).toBe('username_taken');
  });

  it('is free again when its account is gone or has another, and stays its own', async () => {
    const { user } = await newSession(app.http);
    const path = `/api/users/${user.id}`;
    expect((await boss.http.patch(path, { username: 'Olga' })).status).toBe(200);
    expect((await boss.http.patch(path, { username: 'OLGA' })).status).toBe(200);
    expect(problem(await tryRegister('o1ga')).code).toBe('username_taken');
    expect((await boss.http.patch(path, { username: 'Helga' })).status).toBe(200);
    await register(app.http, { username: 'o1ga' });
    expect((await boss.http.delete(path)).status).toBe(204);
    await register(app.http, { username: 'he1ga', email: 'helga@example.com' });
  });

  it('goes to one of those who ask for look-alikes at once', async () => {
    const names = ['lily', '1ily', 'Iily', 'li1y', 'liIy', '1i1y'];
    const answers = await Promise.all(names.map(tryRegister));
    const statuses = answers.map(({ status }) => status).join();
    expect([...statuses.matchAll(/201/g)]).toHaveLength(1);
    expect([...statuses.matchAll(/409/g)]).toHaveLength(5);
  });

  it('of before these rules still signs in, and may be kept', async () => {
    const { id } = await register(app.http, { username: 'before' });
    const old = 'r\u043Eot\u1160';
    await app.database.sql(
      'UPDATE users SET username = $2::text, username_key = $2::text WHERE id = $1',
      [id, old],
    );
    await app.database.sql('DELETE FROM username_skeletons WHERE user_id = $1', [id]);
    const tokens = await signIn(app.http, old);
    const own = app.http.as(tokens.accessToken);
    expect((await own.patch('/api/users/me', { firstName: 'Olga' })).status).toBe(200);
    const changed = await boss.http.patch(`/api/users/${id}`, { lastName: 'Older' });
    expect(changed.status).toBe(200);
  });
});

describe('the name of a role', () => {
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    app = await startApp();
    boss = await superuserSession(app);
  });
  afterAll(() => app.close());

  it.each(['Admin', 'adm\u0456n', '\u0430dmin', 'adrnin', 'admin \uFE0F'])(
    'that looks like that of another is taken: %j',
    async (name) => {
      const answer = await boss.http.post('/api/roles', { name });
      expect([409, 422]).toContain(answer.status);
      if (answer.status === 409) expect(problem(answer).code).toBe('role_name_taken');
    },
  );

  it('may be of several scripts and words, is changed to what looks the same, and not to another', async () => {
    const name = '\u0420\u0435\u0434\u0430\u043A\u0442\u043E\u0440 CMS';
    const { body } = await boss.http.post<{ id: string }>('/api/roles', { name });
    const path = `/api/roles/${body.id}`;
    expect((await boss.http.patch(path, { name: name.toLowerCase() })).status).toBe(200);
    expect(problem(await boss.http.patch(path, { name: 'ADMIN' })).code).toBe('role_name_taken');
    const twice = await boss.http.post('/api/roles', { name: name.replace(' ', '\u3000 ') });
    expect(problem(twice).code).toBe('role_name_taken');
  });
});

interface FormField {
  name: string;
  type: string;
  value: string;
}

/** The forms of a page that change something, with what can be typed into them. */
function formsOf(html: string): { action: string; fields: FormField[] }[] {
  return [...html.matchAll(/<form method="post" action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].map(
    ([, action, inside]) => ({
      action: action!.replaceAll('&amp;', '&'),
      fields: [...inside!.matchAll(/<(input|textarea)\b([^>]*)>/g)].flatMap(
        ([, tag, attributes]) => {
          const read = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes!)?.[1];
          const name = read('name');
          const type = read('type') ?? (tag === 'input' ? 'text' : 'textarea');
          if (!name || type === 'checkbox' || type === 'radio') return [];
          return [{ name, type, value: read('value') ?? '' }];
        },
      ),
    }),
  );
}

function plausible({ name, type, value }: FormField): string {
  if (value !== '' || type === 'hidden') return value.replaceAll('&amp;', '&');
  if (type === 'password') return PASSWORD;
  if (type === 'email') return 'someone@example.com';
  return type === 'url' ? 'https://accounts.example.com' : name;
}
