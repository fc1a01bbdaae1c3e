import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runMigrations } from 'graphile-worker';
import { newSession, newUsername, register } from '../support/accounts.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually, freePort, startInstance, type TestServer } from '../support/process.js';
import { type EmailServer, startEmailServer } from '../support/smtp.js';

const SCHEMAS = ['prod', 'Staging of 2026'];
const COUNT = 12;

/** What a host that uses graphile-worker itself has there, with a job that nobody of ours knows. */
async function addJobsOfHost({ url, sql }: TestDatabase) {
  await runMigrations({ connectionString: url });
  await sql(`SELECT graphile_worker.add_job('task_of_host', '{"id":1}')`);
}

const jobsOfHost = ({ sql }: TestDatabase) =>
  sql(`SELECT task_identifier AS task, attempts FROM graphile_worker.jobs`);

describe('two installations in one database, and a host that uses graphile-worker', () => {
  let database: TestDatabase;
  let smtp: EmailServer[];
  let servers: TestServer[] = [];
  beforeAll(async () => {
    database = await createDatabase();
    // The first is migrated already; pg_trgm stays where both find it.
    await database.sql('ALTER SCHEMA public RENAME TO prod');
    await database.sql('CREATE SCHEMA public');
    await database.sql('ALTER EXTENSION pg_trgm SET SCHEMA public');
    await addJobsOfHost(database);
    smtp = [await startEmailServer(), await startEmailServer()];
    servers = await Promise.all(
      SCHEMAS.map(async (schema, i) => {
        await database.sql(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
        const url = new URL(database.url);
        const path = `"${schema}",public`.replaceAll(' ', '\\ ');
        url.searchParams.set('options', `-c search_path=${path}`);
        return startInstance(url.href, { SMTP_URL: smtp[i]!.url });
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    await database.close();
  });

  it('send each the emails of its own accounts, all of them', async () => {
    const addresses = await Promise.all(
      servers.map(async ({ http }, installation) => {
        const accounts = await Promise.all(
          Array.from({ length: COUNT }, () =>
            register(http, { username: `${newUsername()}of${installation}` }),
          ),
        );
        return accounts.map(({ email }) => email);
      }),
    );
    for (const [i, expected] of addresses.entries()) {
      await eventually(() => smtp[i]!.mails.length >= COUNT, `emails of ${SCHEMAS[i]}`);
      const recipients = smtp[i]!.mails.flatMap((mail) => mail.recipients);
      expect(recipients.toSorted()).toEqual(expected.toSorted());
    }
    for (const schema of SCHEMAS) {
      const left = await database.sql(`SELECT id FROM "gatehouse_jobs_${schema}".jobs`);
      expect({ schema, left }).toEqual({ schema, left: [] });
    }
  });

  it('leave the jobs of the host alone', async () => {
    expect(await jobsOfHost(database)).toEqual([{ task: 'task_of_host', attempts: 0 }]);
  });

  it('listen each on a channel of its own, and hear what is changed by hand with any search_path', async () => {
    const channels = await database.sql<{ query: string }>(
      `SELECT DISTINCT query FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE 'LISTEN gatehouse_changes_%'`,
    );
    expect(channels).toHaveLength(2);
    const sessions = await Promise.all(servers.map(({ http }) => newSession(http)));
    const statuses = () =>
      Promise.all(sessions.map(async ({ http }) => (await http.get('/api/auth/session')).status));
    expect(await statuses()).toEqual([200, 200]);
    await database.sql(`UPDATE "${SCHEMAS[1]}".users SET is_active = false WHERE id = $1`, [
      sessions[1]!.user.id,
    ]);
    await eventually(async () => (await statuses())[1] === 401, 'banned');
    expect(await statuses()).toEqual([200, 401]);
    expect((await sessions[0]!.http.post('/api/auth/logout')).status).toBe(204);
    expect(await statuses()).toEqual([401, 401]);
  });
});

describe('an installation whose jobs are where an earlier version left them', () => {
  let database: TestDatabase;
  let port: number;
  let email: string;
  beforeAll(async () => {
    database = await createDatabase();
    port = await freePort();
    const before = await startInstance(database.url, { SMTP_URL: `smtp://127.0.0.1:${port}` });
    ({ email } = await register(before.http));
    const isTried = async () =>
      (await database.sql('SELECT FROM mails WHERE attempts > 0')).length === 1;
    await eventually(isTried, 'the mail waits');
    await before.stop();
  });
  afterAll(() => database.close());

  it('sends the emails that waited there, once, and does the jobs that follow', async () => {
    await addJobsOfHost(database);
    await database.sql(
      `SELECT graphile_worker.add_job(identifier, payload, job_key => key, max_attempts => max_attempts)
       FROM gatehouse_jobs._private_jobs AS j JOIN gatehouse_jobs._private_tasks AS t ON t.id = task_id
       WHERE payload ->> 'id' IS NOT NULL`,
    );
    await database.sql('DROP SCHEMA gatehouse_jobs CASCADE');
    await database.sql(
      'INSERT INTO finished_jobs SELECT number, now() FROM generate_series(1, 5000) AS number ON CONFLICT DO NOTHING',
    );
    expect(await jobsOfHost(database)).toHaveLength(2);

    const smtp = await startEmailServer();
    const after = await startInstance(database.url, { SMTP_URL: smtp.url });
    await smtp.next(email);
    const later = await register(after.http);
    await smtp.next(later.email);
    await database.settled();
    expect(smtp.mails.map(({ recipients }) => recipients[0])).toEqual([email, later.email]);
    expect(await jobsOfHost(database)).toEqual([{ task: 'task_of_host', attempts: 0 }]);
    await after.stop();
  });
});
