import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { newUsername, PASSWORD } from './accounts.js';
import { startApp, type TestApp } from './app.js';
import { resetClock } from './clock.js';
import type { Answer } from './http.js';
import { browserOf } from './page-cookies.js';
import { type EmailServer, startEmailServer } from './smtp.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const WRONG = 'a wrong password';

let lastAddress = 0;

/** An address that nobody has come from. */
export function newIp(): string {
  lastAddress++;
  return `198.18.${lastAddress >> 8}.${lastAddress & 0xff}`;
}

export const from = (ip: string) => ({ 'x-forwarded-for': ip });
export const statuses = (answers: Answer<unknown>[]) => answers.map(({ status }) => status);
export const sorted = (answers: Answer<unknown>[]) => statuses(answers).toSorted((a, b) => a - b);
export const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

/** What can be seen of an answer, but for the time. */
export function seen({ status, headers, text }: Answer) {
  return { status, text, names: [...headers.keys()], retryAfter: headers.get('retry-after') };
}

/** One after the other. */
export async function each<T>(count: number, action: (i: number) => Promise<T>): Promise<T[]> {
  const results = [];
  for (let i = 0; i < count; i++) results.push(await action(i));
  return results;
}

/** The application with its real limits, behind one proxy, which names the address of each request. */
export function limitedApp() {
  let app: TestApp;
  let smtp: EmailServer;
  beforeAll(async () => {
    smtp = await startEmailServer();
    app = await startApp({ THROTTLE_SCALE: '1', TRUST_PROXY: '1', SMTP_URL: smtp.url });
  });
  afterEach(async () => {
    resetClock();
    // What the clock let fall due long before its time.
    await app.database.sql(
      `SELECT gatehouse_jobs.complete_jobs(array_agg(id)) FROM gatehouse_jobs.jobs
       WHERE task_identifier = 'housekeeping'`,
    );
  });
  afterAll(async () => {
    await app.close();
    await smtp.close();
  });

  const login = (username: string, password: string, ip = newIp()) =>
    app.http.post('/api/auth/login', { username, password }, from(ip));
  const newAccount = async () => {
    const username = newUsername();
    const fields = { username, email: `${username}@example.com`, password: PASSWORD };
    const { body } = await app.http.post<{ id: string }>(
      '/api/auth/register',
      fields,
      from(newIp()),
    );
    return { ...fields, id: body.id };
  };
  const events = (action: string, subject: string) =>
    app.database.sql<{ reason: string; ip: string }>(
      'SELECT reason, host(ip) AS ip FROM audit_events WHERE action = $1 AND subject_id = $2',
      [action, subject],
    );
  /** How many wrong passwords there are of an account, in all of its rows. */
  const failuresOf = async (id: string) => {
    const [row] = await app.database.sql<{ count: number }>(
      'SELECT coalesce(sum(failures), 0)::int AS count FROM password_failures WHERE user_id = $1',
      [id],
    );
    return row!.count;
  };
  const newCaller = async () => {
    const account = await newAccount();
    const ip = newIp();
    const { body } = await app.http.post<{ accessToken: string; refreshToken: string }>(
      '/api/auth/login',
      { username: account.username, password: PASSWORD },
      from(ip),
    );
    return { ...account, ...body, ip, http: app.http.as(body.accessToken) };
  };
  const browse = (path: string, fields: Record<string, string>, ip: string, cookies = '') => {
    const { cookie, formToken } = browserOf();
    return app.http.post(path, new URLSearchParams({ ...fields, _token: formToken }).toString(), {
      ...from(ip),
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      accept: 'text/html',
      cookie: `${cookie}; ${cookies}`,
    });
  };
  return {
    get app() {
      return app;
    },
    get smtp() {
      return smtp;
    },
    ...{ login, newAccount, newCaller, browse, events, failuresOf },
  };
}
