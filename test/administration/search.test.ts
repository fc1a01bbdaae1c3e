import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { browserOf } from '../support/page-cookies.js';

interface Item {
  id: string;
  username: string;
  email: string;
  firstName: string;
  lastName: string;
}
type Person = Omit<Item, 'id'>;

const person = (username: string, email: string, firstName = '', lastName = ''): Person => ({
  username,
  email,
  firstName,
  lastName,
});

/** Accounts whose names are compared in a form that differs from how they are shown. */
const PEOPLE: Person[] = [
  person('straußmann', 'anna@bücher.example', 'Élodie', 'Jürgens'),
  person('ΟΔΥΣΣΕΥΣ', 'odysseus@xn--e1afmkfd.xn--p1ai', 'Łukasz', 'Øre'),
  person('IRMAK', 'IRMAK@Example.ORG', 'İrem Nur', 'Işık'),
  person('Ｗｉｄｅ', 'wide@straße.example', 'Ann', 'O’Brien-Smith'),
  person('eﬃcient', 'jürgen@пример.рф', 'Nguyễn Thị', 'Đặng'),
  person('王小明', 'wang@例え.テスト', '小明', '王'),
  person('김민수', 'kim@example.net', '민수', '김'),
  person('やまだたろう', 'yamada@example.net', 'たろう', 'ヤマダ'),
  person('हिन्दी', 'hindi@example.net', 'कि', 'میخواهم'),
  person('b_.z', 'percent@example.net', '100% sure', 'back\\slash'),
  person('Андрей', 'andrey@example.net', 'Фёдор', 'Ёлкин'),
  person(
    'long',
    `${'l'.repeat(60)}@${`${'m'.repeat(60)}.`.repeat(3)}example`,
    'f'.repeat(150),
    'n'.repeat(150),
  ),
];

/** What people type, and whom it finds. */
const TYPED: [string, string][] = [
  ['elodie', 'straußmann'],
  ['ELODIE', 'straußmann'],
  ['jurgens', 'straußmann'],
  ['straussmann', 'straußmann'],
  ['STRAUSSMANN', 'straußmann'],
  ['bücher', 'straußmann'],
  ['büch', 'straußmann'],
  ['bucher', 'straußmann'],
  ['bu\u0308cher', 'straußmann'],
  ['xn--bcher-kva', 'straußmann'],
  ['anna@xn--bcher-kva.example', 'straußmann'],
  ['οδυσσευς', 'ΟΔΥΣΣΕΥΣ'],
  ['οδυσσευσ', 'ΟΔΥΣΣΕΥΣ'],
  ['Οδυσσεύς', 'ΟΔΥΣΣΕΥΣ'],
  ['odysseus@пример.рф', 'ΟΔΥΣΣΕΥΣ'],
  ['ПРИМЕР.РФ lukasz', 'ΟΔΥΣΣΕΥΣ'],
  ['lukasz ore', 'ΟΔΥΣΣΕΥΣ'],
  ['irmak', 'IRMAK'],
  ['IRMAK', 'IRMAK'],
  ['ırmak', 'IRMAK'],
  ['İRMAK', 'IRMAK'],
  ['irem isik', 'IRMAK'],
  ['IRMAK@example.org', 'IRMAK'],
  ['ｗｉｄｅ', 'Wide'],
  ['wide@strasse.example', 'Wide'],
  ['wide@xn--strae-oqa.example', 'Wide'],
  ["o'brien", 'Wide'],
  ['efficient', 'efficient'],
  ['nguyen dang', 'efficient'],
  ['xn--e1afmkfd.xn--p1ai jurgen', 'efficient'],
  ['小明', '王小明'],
  ['明', '王小明'],
  ['王小明', '王小明'],
  ['例え', '王小明'],
  ['민수', '김민수'],
  ['수', '김민수'],
  ['김민수', '김민수'],
  ['김민수'.normalize('NFD'), '김민수'],
  ['だた', 'やまだたろう'],
  ['マダ', 'やまだたろう'],
  ['ﾔﾏﾀﾞ', 'やまだたろう'],
  ['हिन्दी', 'हिन्दी'],
  ['می\u200Cخواهم', 'हिन्दी'],
  ['b_', 'b_.z'],
  ['b_.z', 'b_.z'],
  ['100%', 'b_.z'],
  ['back\\slash', 'b_.z'],
  ['федор елкин', 'Андрей'],
];

describe.each([
  ['of this server', undefined],
  ['in Turkish', `template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'`],
])('a search in a database %s', (_, template) => {
  let app: TestApp;
  let boss: Session;
  let items: Item[];
  const cli = commandLine();
  beforeAll(async () => {
    app = await startApp({}, [], '', template);
    boss = await superuserSession(app);
    for (const fields of PEOPLE) {
      const { status, text } = await boss.http.post('/api/users', fields);
      expect({ fields, status, text }).toEqual({ fields, status: 201, text });
    }
    items = await find('');
  });
  afterAll(() => app.close());

  const find = async (search: string) => {
    const asked = new URLSearchParams({ search }).toString();
    const { status, body, text } = await boss.http.get<{ items: Item[] }>(`/api/users?${asked}`);
    expect({ status, text }).toEqual({ status: 200, text });
    return body.items;
  };
  const names = async (search: string) => (await find(search)).map(({ username }) => username);

  it('finds what the list shows, by the API, the page and the command line', async () => {
    const { cookie } = browserOf(boss.accessToken);
    const failed: string[] = [];
    for (const { id, username, email, firstName, lastName } of items) {
      for (const cell of [username, email, `${firstName} ${lastName}`.trim()].filter(Boolean)) {
        const found = (await find(cell)).map((one) => one.id);
        if (!found.includes(id)) failed.push(`API: ${cell}`);
        const query = new URLSearchParams({ search: cell }).toString();
        const page = await app.http.get(`/admin/users?${query}`, { cookie, accept: 'text/html' });
        if (!page.text.includes(`/admin/users/${id}`)) failed.push(`page: ${cell}`);
      }
    }
    for (const cell of ['straußmann', 'anna@bücher.example', 'IRMAK', '小明']) {
      const words = ['users', 'list', '--search', cell];
      const { output } = await cli(words, testVariables(app.database.url));
      if (output.split('\n').length !== 1 || output === '') failed.push(`command: ${cell}`);
    }
    expect(failed).toEqual([]);
  });

  it('finds events by what the audit trail shows of their subject', async () => {
    const { cookie } = browserOf(boss.accessToken);
    const roles = await boss.http.post<{ id: string }>('/api/roles', { name: 'Éditeurs du soir' });
    expect(roles.status).toBe(201);
    await boss.http.post('/api/roles', { name: 'night shift' });
    for (const [subject, shown] of [
      ['Éditeurs du soir', 'role.created'],
      ['role Éditeurs du soir ', 'role.created'],
      ['night shift', 'role.created'],
      ['straußmann', 'user.created'],
      ['user straußmann', 'user.created'],
      ['anna@xn--bcher-kva.example', 'user.created'],
      ['IRMAK', 'user.created'],
    ]) {
      const query = new URLSearchParams({ subject: subject! }).toString();
      const { text } = await app.http.get(`/admin/audit?${query}`, { cookie, accept: 'text/html' });
      expect({ subject, found: text.includes(`<code>${shown}</code>`) }).toEqual({
        subject,
        found: true,
      });
    }
  });

  it('finds what people type, without case, accents and width, in both spellings of a domain', async () => {
    const wrong: unknown[] = [];
    for (const [search, expected] of TYPED) {
      const found = await names(search);
      if (found.join() !== expected) wrong.push({ search, expected, found });
    }
    expect(wrong).toEqual([]);
  });

  it.each(['%', '_', 'b%z', '%%%', 'b__.z', 'nobody', '大', '小王', 'q', "' OR 1=1"])(
    'takes signs as they are and finds nobody by %j',
    async (search) => {
      expect(await names(search)).toEqual([]);
    },
  );

  it('follows each writer of a name: the owner, an administrator, a proof, and SQL by hand', async () => {
    const [{ id }] = (await find('straußmann')) as [Item];
    await boss.http.patch(`/api/users/${id}`, {
      lastName: 'Sørensen',
      email: 'neu@bücher.example',
    });
    expect(await names('sorensen')).toEqual(['straußmann']);
    expect(await names('neu@bücher.example')).toEqual(['straußmann']);
    expect(await names('jurgens')).toEqual([]);
    const own = await boss.http.patch('/api/users/me', { firstName: 'Zoé' });
    expect(own.status).toBe(200);
    expect(await names('zoe')).toEqual([boss.username]);
    await app.database.sql(
      `INSERT INTO users (username, username_key, email, email_key, first_name, last_name, password_hash)
       VALUES ('ByHand', 'byhand', 'hand@xn--bcher-kva.example', 'hand@xn--bcher-kva.example', 'Renée', 'Øster-Łoś', '!')`,
    );
    for (const search of ['ByHand', 'renee', 'RENÉE', 'oster los', 'hand@xn--bcher-kva.example']) {
      expect({ search, found: await names(search) }).toEqual({ search, found: ['ByHand'] });
    }
    await app.database.sql(`UPDATE users SET first_name = 'Irmak' WHERE username = 'ByHand'`);
    expect(await names('IRMAK renee')).toEqual([]);
    expect(await names('irmak byhand')).toEqual(['ByHand']);
    await app.database.sql(`DELETE FROM users WHERE username = 'ByHand'`);
    const left = await app.database.sql(
      'SELECT FROM user_search_texts WHERE user_id NOT IN (SELECT id FROM users)',
    );
    expect(left).toEqual([]);
  });
});
