import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { METRICS } from '../../src/platform/metrics/metric-catalogue.js';
import { newSession, PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { problem } from '../support/http.js';
import { eventually, ROOT } from '../support/process.js';

const METRICS_TOKEN = 'mT4xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a';

describe('/metrics without METRICS_TOKEN', () => {
  it('is not there [ASVS 13.4.5]', async () => {
    const app = await startApp();
    for (const token of ['undefined', '', METRICS_TOKEN]) {
      const answer = await app.http.as(token).get('/metrics');
      expect({ status: answer.status, code: problem(answer).code }).toEqual({
        status: 404,
        code: 'not_found',
      });
    }
    await app.close();
  });
});

describe('/metrics', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ METRICS_TOKEN });
  });
  afterAll(() => app.close());

  const scrape = async () => {
    const { status, text, headers } = await app.http.as(METRICS_TOKEN).get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    return text;
  };
  /** The value of a series, as it is written. */
  const valueOf = async (series: string) => {
    const line = (await scrape()).split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };

  it('is closed to who does not show it [ASVS 13.4.5]', async () => {
    const nobody = await app.http.get('/metrics');
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer');
    const { accessToken } = await newSession(app.http);
    for (const token of [accessToken, 'x', `${METRICS_TOKEN}x`, METRICS_TOKEN.toLowerCase()]) {
      expect((await app.http.as(token).get('/metrics')).status).toBe(401);
    }
    const basic = { authorization: `Basic ${METRICS_TOKEN}` };
    expect((await app.http.get('/metrics', basic)).status).toBe(401);
    expect((await app.http.get(`/metrics?token=${METRICS_TOKEN}`)).status).toBe(401);
  });

  it('counts sign-ins by what came of them', async () => {
    const { username } = await register(app.http);
    const login = (password: string) => app.http.post('/api/auth/login', { username, password });
    const count = (result: string) => valueOf(`gatehouse_sign_ins_total{result="${result}"}`);
    const before = {
      good: (await count('success')) ?? 0,
      bad: (await count('invalid_credentials')) ?? 0,
    };
    await login(PASSWORD);
    await login(PASSWORD);
    await login('not the password');
    expect(await count('success')).toBe(before.good + 2);
    expect(await count('invalid_credentials')).toBe(before.bad + 1);
  });

  it('measures requests by template, whatever senders make up', async () => {
    const { http } = await newSession(app.http);
    const series = (route: string, status: string, method = 'GET') =>
      `gatehouse_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;
    const before = (await scrape()).split('\n').length;
    for (let i = 0; i < 20; i++) {
      await app.http.get(`/made/up/${i}?x=${i}`);
      await http.delete(`/api/account/sessions/00000000-0000-4000-8000-0000000000${10 + i}`);
    }
    await eventually(async () => (await valueOf(series('none', '4xx'))) === 20, 'none');
    expect(await valueOf(series('/api/account/sessions/:id', '4xx', 'DELETE'))).toBe(20);
    // Two more histograms, not forty.
    expect((await scrape()).split('\n').length - before).toBeLessThan(60);
  });

  it('reads off the hash queue, the cache, the pool, the change feed and the mails', async () => {
    const { http } = await newSession(app.http);
    const hits = 'gatehouse_principal_lookups_total{source="memory"}';
    await http.get('/api/auth/session');
    const before = (await valueOf(hits))!;
    await http.get('/api/auth/session');
    await http.get('/api/auth/session');
    expect(await valueOf(hits)).toBe(before + 2);
    expect(await valueOf('gatehouse_principal_cache_entries')).toBeGreaterThan(0);
    expect(await valueOf('gatehouse_hash_queue_running')).toBe(0);
    expect(await valueOf('gatehouse_hash_queue_refused_total')).toBe(0);
    expect(await valueOf('gatehouse_change_feed_live')).toBe(1);
    expect(await valueOf('gatehouse_database_connections{state="idle"}')).toBeGreaterThan(0);
    expect(await valueOf('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    await app.database.settled();
    await app.database.sql(
      `INSERT INTO mails (id, message_id, template, sealed_content, created_at, queued_at, failed_at)
       SELECT gen_random_uuid(), '', '', '', now(), now() - interval '90 seconds', failed_at
       FROM unnest('{NULL, NULL, 2026-01-01}'::timestamptz[]) AS failed_at`,
    );
    expect(await valueOf('gatehouse_mails{state="waiting"}')).toBe(2);
    expect(await valueOf('gatehouse_mails{state="failed"}')).toBe(1);
    expect(await valueOf('gatehouse_mail_oldest_waiting_seconds')).toBeGreaterThanOrEqual(90);
  });

  it('still tells the rest when the database cannot be asked', async () => {
    await app.database.sql('ALTER TABLE mails RENAME TO elsewhere');
    expect(await valueOf('gatehouse_mail_oldest_waiting_seconds')).toBeNaN();
    expect(await valueOf('gatehouse_change_feed_live')).toBe(1);
    await app.database.sql('ALTER TABLE elsewhere RENAME TO mails');
  });

  it('is documented: every metric, with its labels and its meaning', async () => {
    const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    const rows = [
      ...page.matchAll(/^\| `(gatehouse_\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm),
    ].map(([, name, type, labels, help]) => ({ name, type, labels, help }));
    expect(rows).toEqual(
      Object.entries(METRICS).map(([name, { type, labels, help }]) => ({
        name,
        type,
        labels: labels.map((label) => `\`${label}\``).join(', ') || '–',
        help,
      })),
    );
    const shown = (await scrape()).matchAll(/^# HELP (gatehouse_\w+) (.*)$/gm);
    expect([...shown].map(([, name, help]) => [name, help])).toEqual(
      Object.entries(METRICS).map(([name, { help }]) => [name, help]),
    );
  });
});
