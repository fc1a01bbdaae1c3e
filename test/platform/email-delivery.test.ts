import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register } from '../support/accounts.js';
import { startApp, testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { commandLine } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually, freePort, run, startInstance, type TestServer } from '../support/process.js';
import { type EmailServer, startEmailServer } from '../support/smtp.js';

const VERIFY = 'Confirm your email address';
const MANY = 1_000;
const AT_ONCE = 25;

interface EmailRow {
  id: string;
  attempts: number;
  reason: string | null;
  isGivenUp: boolean;
}

// The application in processes of its own, as they are killed here.
describe('mail', () => {
  let database: TestDatabase;
  let port: number;
  let smtp: EmailServer | undefined;
  let server: TestServer | undefined;
  let variables: Record<string, string>;
  beforeAll(async () => {
    database = await createDatabase();
    port = await freePort();
    variables = { SMTP_URL: `smtp://127.0.0.1:${port}` };
  });
  afterAll(async () => {
    await server?.stop();
    await smtp?.close();
    await database.close();
  });

  const start = async () => (server = await startInstance(database.url, variables));
  const listen = async () => (smtp = await startEmailServer(port));
  const command = commandLine();
  const cli = (...words: string[]) =>
    command(words, { ...testVariables(database.url), ...variables });
  const waiting = () =>
    database.sql<EmailRow>(
      `SELECT id, attempts, last_error AS reason, failed_at IS NOT NULL AS "isGivenUp"
       FROM mails ORDER BY created_at`,
    );
  const recipient = ({ recipients }: { recipients: string[] }) => recipients[0]!;

  it('is not lost: a thousand registrations while the mail server is down, and two kill -9', async () => {
    const addresses: string[] = [];
    const registerMany = async (count: number) => {
      for (let i = 0; i < count; i += AT_ONCE) {
        const accounts = await Promise.all(
          Array.from({ length: AT_ONCE }, () => register(server!.http)),
        );
        addresses.push(...accounts.map(({ email }) => email));
      }
    };
    await start();
    for (const share of [0.3, 0.3]) {
      await registerMany(MANY * share);
      await server!.stop('SIGKILL');
      await start();
    }
    await registerMany(MANY * 0.4);
    expect(addresses).toHaveLength(MANY);

    await listen();
    // What waits for its next attempt need not wait for hours now that the server is back.
    expect((await cli('mail', 'retry')).code).toBe(0);
    await eventually(
      async () => {
        await database.sql(
          'UPDATE gatehouse_jobs._private_jobs SET run_at = now() WHERE run_at > now()',
        );
        return new Set(smtp!.mails.map(recipient)).size === MANY;
      },
      'every mail arrived',
      60_000,
    );
    await eventually(async () => (await waiting()).length === 0, 'nothing waits');
    expect(new Set(smtp!.mails.map(recipient))).toEqual(new Set(addresses));
    // Once each, or at most once more, and then as the same mail.
    for (const address of addresses) {
      const mails = smtp!.mails.filter(({ recipients }) => recipients.includes(address));
      const ids = new Set(mails.map(({ messageId }) => messageId));
      expect({ address, ids: ids.size, isOnceMoreAtMost: mails.length <= 2 }).toEqual({
        address,
        ids: 1,
        isOnceMoreAtMost: true,
      });
    }
    console.log(`${MANY} registrations, ${smtp!.mails.length} mails arrived, none lost`);
  }, 120_000);

  it('that was being sent when the process was killed is sent by the next one, as the same mail', async () => {
    smtp!.delay = 1_500;
    const { email } = await register(server!.http);
    await eventually(
      async () =>
        (await database.sql('SELECT FROM gatehouse_jobs._private_jobs WHERE locked_by IS NOT NULL'))
          .length > 0 && (await waiting()).length > 0,
      'it is being sent',
    );
    await server!.stop('SIGKILL');
    smtp!.delay = 0;
    await start();
    await smtp!.next(email, VERIFY);
    await eventually(async () => (await waiting()).length === 0, 'noted as sent');
    const copies = smtp!.mails.filter(({ recipients }) => recipients.includes(email));
    expect(new Set(copies.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('does not hold requests up while the server is slow, and arrives [ASVS 16.5.2]', async () => {
    smtp!.delay = 3_000;
    const accounts = await Promise.all(Array.from({ length: 8 }, () => register(server!.http)));
    // The requests were all answered before the first mail could be.
    expect(smtp!.mails.some(({ recipients }) => recipients.includes(accounts[0]!.email))).toBe(
      false,
    );
    smtp!.delay = 0;
    for (const { email } of accounts) await smtp!.next(email, VERIFY);
  });

  it('is sent once when somebody has it tried again while it is being sent', async () => {
    smtp!.delay = 6_000;
    const { email } = await register(server!.http);
    await eventually(
      async () =>
        (
          await database.sql(
            `SELECT FROM gatehouse_jobs.jobs
             WHERE task_identifier = 'send-mail' AND locked_by IS NOT NULL`,
          )
        ).length > 0,
      'it is being sent',
    );
    expect((await cli('mail', 'retry')).output).toBe('1 mail is tried again.');
    await smtp!.next(email, VERIFY);
    smtp!.delay = 0;
    await database.settled();
    expect(smtp!.mails.filter(({ recipients }) => recipients.includes(email))).toHaveLength(1);
  });

  it('that the server puts off, or drops in the middle, is tried again as the same mail', async () => {
    for (const mood of ['defer', 'die'] as const) {
      smtp!.mood = mood;
      const { email } = await register(server!.http);
      await eventually(
        async () => (await waiting()).some(({ attempts, isGivenUp }) => attempts > 0 && !isGivenUp),
        mood,
      );
      expect((await waiting())[0]!.reason).toMatch(
        mood === 'defer' ? /451 try again later/ : /closed|ECONNRESET|reset/i,
      );
      smtp!.mood = 'accept';
      await smtp!.next(email, VERIFY);
      await eventually(async () => (await waiting()).length === 0, 'noted as sent');
    }
  });

  it('that is refused stays visible with the reason, and can be tried again', async () => {
    smtp!.mood = 'refuse';
    const { email } = await register(server!.http);
    await eventually(async () => (await waiting()).some(({ isGivenUp }) => isGivenUp), 'given up');
    const [mail] = await waiting();
    const failed = await cli('mail', 'failed');
    expect(failed.code).toBe(0);
    expect(failed.output.split('\t')).toEqual([
      mail!.id,
      email,
      'verify_email',
      expect.stringMatching(/^\d{4}-/),
      '1 attempt',
      expect.stringContaining('550 no such user here'),
    ]);
    smtp!.mood = 'accept';
    expect((await cli('mail', 'retry', mail!.id)).output).toBe('1 mail is tried again.');
    await smtp!.next(email, VERIFY);
    await eventually(async () => (await waiting()).length === 0, 'sent');
    expect(await cli('mail', 'failed')).toEqual({ code: 0, output: '' });
    for (const id of [mail!.id, 'x']) {
      expect(await cli('mail', 'retry', id)).toEqual({
        code: 1,
        output: `There is no mail ${id} to send.`,
      });
    }
  });

  it('is given up after three days', async () => {
    smtp!.mood = 'defer';
    const { email } = await register(server!.http);
    await eventually(async () => (await waiting()).some(({ attempts }) => attempts > 0), 'tried');
    await database.sql(`UPDATE mails SET queued_at = now() - interval '72 hours 1 second'`);
    await database.sql('UPDATE gatehouse_jobs._private_jobs SET run_at = now()');
    await eventually(async () => (await waiting()).every(({ isGivenUp }) => isGivenUp), 'given up');
    smtp!.mood = 'accept';
    await cli('mail', 'retry');
    await smtp!.next(email, VERIFY);
  });

  it('is kept unreadable while it waits: links are secrets [ASVS 14.2.4]', async () => {
    await smtp!.close();
    const { email } = await register(server!.http);
    await eventually(async () => (await waiting()).some(({ attempts }) => attempts > 0), 'waits');
    const dump = JSON.stringify([
      await database.sql('SELECT * FROM mails'),
      await database.sql('SELECT * FROM gatehouse_jobs._private_jobs'),
      await database.sql('SELECT * FROM one_time_tokens'),
    ]);
    expect(dump).not.toContain('token=');
    await listen();
    await cli('mail', 'retry');
    const { text } = await smtp!.next(email, VERIFY);
    const token = new URL(/https?:\S+/.exec(text)![0]).searchParams.get('token')!;
    expect(dump).not.toContain(token);
    // Nor does what lies in the database work in its place.
    const hashes = await database.sql<{ hash: string }>('SELECT hash FROM one_time_tokens');
    for (const { hash } of hashes) {
      const answer = await server!.http.post('/api/account/email/verify', { token: hash });
      expect(answer.status).toBe(400);
    }
  });

  it('is not sent to another machine without TLS [ASVS 12.3.1]', async () => {
    // 127.0.0.1 by a name that is not known to be this machine.
    const strict = await startApp({ SMTP_URL: `smtp://127.0.0.2:${port}` });
    const { database: other } = strict;
    const smtpElsewhere = smtp!.mails.length;
    await register(strict.http);
    await eventually(
      async () => (await other.sql('SELECT FROM mails WHERE last_error IS NOT NULL')).length === 1,
      'tried',
    );
    const [row] = await other.sql<{ error: string }>('SELECT last_error AS error FROM mails');
    expect(row!.error).toMatch(/TLS|ECONNREFUSED/i);
    expect(smtp!.mails).toHaveLength(smtpElsewhere);
    await strict.close();
  });

  it('is sent by a worker alone, and by nobody while none runs', async () => {
    await server!.stop();
    const silent = await startInstance(database.url, variables);
    // Killed at once after the answer: the worker that is left does what it could not.
    const worker = run('cli', ['worker'], { ...testVariables(database.url), ...variables });
    await eventually(() => worker.output().includes('Working.'), 'the worker runs');
    const username = newUsername();
    await silent.http.post('/api/auth/register', {
      username,
      email: `${username}@example.com`,
      password: PASSWORD,
    });
    await silent.stop('SIGKILL');
    await smtp!.next(`${username}@example.com`, VERIFY);
    worker.child.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
    server = undefined;
  });
});

describe('an email that no file declares any more', () => {
  it('waits with the reason, and is sent when it is tried again after a file declares it', async () => {
    const port = await freePort();
    const smtp = await startEmailServer(port);
    const app = await startApp({ SMTP_URL: `smtp://127.0.0.1:${port}` });
    const { email } = await register(app.http);
    await smtp.next(email, VERIFY);
    const { DataSource } = await built<typeof import('typeorm')>('typeorm');
    const { EmailService } = await built<
      typeof import('../../src/platform/email/email.service.js')
    >('src/platform/email/email.service.js');
    const emails = app.nest.get(EmailService, { strict: false });
    await app.nest.get(DataSource).transaction(async (tx) => {
      await emails.send(tx, 'account_deleted', email, { username: 'zoe' });
      await tx.query(`UPDATE mails SET template = 'forgotten'`);
    });
    const reason = async () =>
      (
        await app.database.sql<{ reason: string | null }>('SELECT last_error AS reason FROM mails')
      )[0]?.reason;
    await eventually(async () => (await reason()) !== null, 'the attempt is recorded');
    expect(await reason()).toBe(
      'No *.emails.tsx file of the product declares the email "forgotten".',
    );
    await app.database.sql(`UPDATE mails SET template = 'account_deleted'`);
    await app.database.sql(
      'UPDATE gatehouse_jobs._private_jobs SET run_at = now() WHERE run_at > now()',
    );
    await smtp.next(email, 'Your account was deleted');
    await app.close();
    await smtp.close();
  });
});
