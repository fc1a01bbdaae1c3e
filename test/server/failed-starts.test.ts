import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockUntilEnd } from '../../src/platform/database/advisory-locks.js';
import { commandLine, failingStarts } from '../support/command-line.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { type LogLine, logLines } from '../support/log-lines.js';
import { OWN_CA } from '../support/own-ca.js';
import { eventually, freePort, run } from '../support/process.js';
import { type RefusingServer, startRefusingServer } from '../support/refusing-server.js';

const PASSWORD_IN_URL = 'kX9vTq2LmZ7pRw4s';
const FAR = 'postgresql://app:kX9vTq2LmZ7pRw4s@';

/** Variables of a production that starts, in every respect but the one that a test changes. */
const PRODUCTION = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PUBLIC_URL: 'https://accounts.example.com',
  APP_SECRET: 'Zr7wq1VfH0cJ9sYt4mXb6LkQe2DnGp8u',
  EMAIL_VERIFICATION: 'none',
  SHUTDOWN_DELAY: '0s',
};

let folder: string;
let database: TestDatabase;
let empty: TestDatabase;
const refusing: RefusingServer[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-starts-'));
  [database, empty] = await Promise.all([createDatabase(), createDatabase('template0')]);
});
afterAll(async () => {
  for (const server of refusing) server.close();
  await Promise.all([database.close(), empty.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** The address of the database, changed. */
function urlWith(change: (url: URL) => void, of = database): string {
  const url = new URL(of.url);
  change(url);
  return url.href;
}

async function refusingWith(
  code: string,
  message: string,
  hasTls = false,
): Promise<RefusingServer> {
  const server = await startRefusingServer(
    database.url,
    code,
    message,
    hasTls ? OWN_CA : undefined,
  );
  refusing.push(server);
  return server;
}

interface Kind {
  /** What the sentence says; each of these. */
  says: RegExp;
  /** Beside those of production; `cwd` is the working directory. */
  variables: () => Promise<Record<string, string>> | Record<string, string>;
  cwd?: () => string;
}

const only = (url: string) => ({ DATABASE_URL: url });

/** The kinds of failure that need a person, whom one sentence tells what to do. */
const PERMANENT: Record<string, Kind> = {
  'a wrong password': {
    says: /^PostgreSQL at 127\.0\.0\.1:\d+\/gatehouse_test_\w+ refuses the password of "gatehouse"\. Check the user and the password in DATABASE_URL/,
    variables: () => only(urlWith((url) => (url.password = PASSWORD_IN_URL))),
  },
  'no password': {
    says: /asks for a password\. Add one to DATABASE_URL/,
    variables: () => only(urlWith((url) => (url.password = ''))),
  },
  'an unknown user': {
    says: /refuses the password of "nobody"/,
    variables: () => only(urlWith((url) => (url.username = 'nobody'))),
  },
  'a missing database': {
    says: /has no database "missing"\. Create it, or correct the name in DATABASE_URL\.$/,
    variables: () => only(urlWith((url) => (url.pathname = '/missing'))),
  },
  'an unknown host': {
    says: /^The host "db\.invalid" of DATABASE_URL is unknown\./,
    variables: () => only(`${FAR}db.invalid:5432/app`),
  },
  'a server without TLS': {
    says: /offers no TLS\..*sslmode=disable/,
    variables: () => only(urlWith((url) => url.searchParams.set('sslmode', 'require'))),
  },
  'an authority that is unknown': {
    says: /comes from an authority that is unknown here .*sslmode=require checks it as well.*sslrootcert=.*NODE_EXTRA_CA_CERTS/,
    variables: async () => only(`${(await refusingWith('28P01', 'x', true)).url}?sslmode=require`),
  },
  'a missing certificate file': {
    says: /certificate file that DATABASE_URL names cannot be read: ENOENT.*sslrootcert/,
    variables: () => only(`${FAR}127.0.0.1:1/app?sslrootcert=/nowhere/ca.pem`),
  },
  'a certificate file that holds none': {
    says: /certificate/,
    variables: () => {
      const file = join(folder, 'no.pem');
      writeFileSync(file, '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n');
      return refusingWith('28P01', 'x', true).then(({ url }) =>
        only(`${url}?sslrootcert=${file}&sslmode=verify-full`),
      );
    },
  },
  'a rule that lets nobody in': {
    says: /accepts no connection without TLS .*sslmode=require/,
    variables: async () =>
      only((await refusingWith('28000', 'no pg_hba.conf entry for host "x", no encryption')).url),
  },
  'a failing migration': {
    says: /^The migration \w+ failed, and nothing of it was kept\. .*"users" already exists/,
    variables: async () => {
      await empty.sql('CREATE DOMAIN users AS text');
      return only(empty.url);
    },
  },
  'a schema of another owner': {
    says: /"weak_\w+" lacks a right in the database "gatehouse_test_\w+": permission denied.*npm run cli -- migrate/,
    variables: async () => {
      const name = `weak_${new URL(empty.url).pathname.slice(6)}`;
      await empty.sql(`CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD_IN_URL}'`);
      return only(
        urlWith((url) => Object.assign(url, { username: name, password: PASSWORD_IN_URL }), empty),
      );
    },
  },
  'pending migrations with MIGRATE_ON_START=off': {
    says: /^\d+ migrations are pending \(Foundation.*npm run cli -- migrate/,
    variables: async () => ({ ...only(empty.url), MIGRATE_ON_START: 'off' }),
  },
  'a port in use': {
    says: /^Port \d+ of 127\.0\.0\.1 is in use\..*\(EADDRINUSE\)$/,
    variables: async () => {
      const server = createServer().listen(0, '127.0.0.1').unref();
      await once(server, 'listening');
      return { PORT: String((server.address() as { port: number }).port) };
    },
  },
  'an address of another machine': {
    says: /^HOST=203\.0\.113\.7 is not an address of this machine\./,
    variables: () => ({ HOST: '203.0.113.7' }),
  },
  'an unknown name to listen on': {
    says: /^HOST=host\.invalid is unknown\./,
    variables: () => ({ HOST: 'host.invalid' }),
  },
  'wrong variables': {
    says: /^Gatehouse cannot start with this configuration:\n {2}- PORT must be from 0 to 65535\./,
    variables: () => ({ PORT: '99999' }),
  },
  'a secret in a file that is not there': {
    says: /APP_SECRET_FILE names a file that does not exist\./,
    variables: () => ({ APP_SECRET: '', APP_SECRET_FILE: '/nowhere/secret' }),
  },
  'a .env that is a directory': {
    says: /\.env is a directory/,
    variables: () => ({}),
    cwd: () => folderWith((path) => mkdirSync(path)),
  },
  'a malformed .env': {
    says: /Line 2 of \.env is malformed/,
    variables: () => ({}),
    cwd: () => folderWith((path) => writeFileSync(path, '# a\nAPP SECRET secret-in-env\nA=1\n')),
  },
  'a .env that lacks the end of a quote': {
    says: /Line 1 of \.env is malformed/,
    variables: () => ({}),
    cwd: () => folderWith((path) => writeFileSync(path, 'SMTP_URL="secret-in-env\nA=1\n')),
  },
  'a .env in UTF-16': {
    says: /\.env is not UTF-8 text/,
    variables: () => ({}),
    cwd: () =>
      folderWith((path) => writeFileSync(path, Buffer.from('\uFEFFPORT=3000\n', 'utf16le'))),
  },
  // After the ports: the first of them made the signing key.
  'another APP_SECRET': {
    says: /signing key in the database was encrypted under another APP_SECRET/,
    variables: () => ({ APP_SECRET: 'bT5xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a' }),
  },
  'a package that is not installed': {
    says: /@opentelemetry\/sdk-node is not installed/,
    variables: () => ({ OTEL_TRACES_EXPORTER: 'otlp' }),
  },
};

function folderWith(make: (env: string) => void): string {
  const place = mkdtempSync(join(folder, 'cwd-'));
  make(join(place, '.env'));
  return place;
}

const start = failingStarts();
const cli = commandLine();

/** The lines of a start that is over. */
async function linesOf({
  variables,
  cwd,
}: Kind): Promise<{ code: unknown; lines: LogLine[]; text: string }> {
  const { code, output } = await start(
    {
      ...PRODUCTION,
      PORT: String(await freePort()),
      ...only(database.url),
      ...(await variables()),
    },
    cwd?.(),
  );
  return { code, lines: logLines(output), text: output };
}

describe('a start in production that cannot succeed', () => {
  it.each(Object.entries(PERMANENT))(
    'for %s ends at once with one sentence, and every line is JSON',
    async (_, kind) => {
      const { code, lines, text } = await linesOf(kind);
      expect(lines.at(-1)).toMatchObject({ level: 'fatal', context: 'Start' });
      expect(lines.at(-1)!.message).toMatch(kind.says);
      expect(lines.at(-1)).not.toHaveProperty('stack');
      expect(lines.filter(({ level }) => level === 'fatal')).toHaveLength(1);
      expect(code).toBe(1);
      expect(text).not.toMatch(/Trying again|started|secret-in-env/);
      expect(text).not.toContain(PASSWORD_IN_URL);
    },
  );
});

/** The kinds of failure that may be over soon. */
const PASSING: Record<string, [code: string, message: string, says: RegExp]> = {
  'starting up': [
    '57P03',
    'the database system is starting up',
    /accepts no connections: the database system is starting up\./,
  ],
  full: [
    '53300',
    'sorry, too many clients already',
    /has no connection left\. Raise max_connections/,
  ],
};

describe('a start in production that may succeed soon', () => {
  it.each(Object.entries(PASSING))(
    'waits for a server that is %s, with one line each time, and serves then',
    async (_, [code, message, says]) => {
      const refusal = await refusingWith(code, message);
      const port = String(await freePort());
      const { child, output, exited } = run('main', [], {
        ...PRODUCTION,
        ...only(refusal.url),
        PORT: port,
      });
      await eventually(() => output().includes('Trying again (1 of 9)'), 'it waits');
      refusal.admit();
      await eventually(() => output().includes('listens on'), 'it serves');
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
      const lines = logLines(output());
      const [first] = lines;
      expect(first).toMatchObject({ level: 'warn', context: 'Database' });
      expect(first!.message).toMatch(says);
      expect(first!.message).toMatch(/^PostgreSQL at 127\.0\.0\.1:\d+\/gatehouse_test_\w+ /);
      expect(first).not.toHaveProperty('stack');
      expect(lines.find(({ context }) => context === 'Start')).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        environment: 'production',
        host: '127.0.0.1',
        port: Number(port),
      });
      expect(lines.some(({ message: text }) => text.startsWith('SIGTERM'))).toBe(true);
    },
  );

  it.each(['SIGTERM', 'SIGINT'] as const)('obeys %s at once while it waits', async (signal) => {
    const { child, output, exited } = run('main', [], {
      ...PRODUCTION,
      ...only(`${FAR}127.0.0.1:1/app`),
    });
    await eventually(() => output().includes('Trying again'), 'it waits');
    expect(output()).toContain(
      'Nothing answers at PostgreSQL at 127.0.0.1:1/app (connection refused)',
    );
    child.kill(signal);
    expect(await exited).toBe(signal === 'SIGTERM' ? 143 : 130);
    logLines(output());
  });

  it('obeys SIGTERM at once while it waits to migrate, and leaves the database empty', async () => {
    const fresh = await createDatabase('template0');
    await fresh.sql(lockUntilEnd('migrations').replace('_xact', ''));
    const { child, exited } = run('main', [], { ...PRODUCTION, ...only(fresh.url) });
    await eventually(async () => {
      const waiting = await fresh.sql(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
      );
      return waiting.length > 0;
    }, 'it waits for the lock');
    child.kill('SIGTERM');
    expect(await exited).toBe(143);
    expect(await fresh.sql(`SELECT FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    await fresh.close();
  });
});

const NAMED_FAILURES = ['a wrong password', 'a missing database', 'a failing migration'];

describe('a command', () => {
  it.each(NAMED_FAILURES)(
    'says the same of %s, in text for people, in JSON as a service',
    async (name) => {
      const { says, variables } = PERMANENT[name]!;
      if (name === 'a failing migration') await empty.sql('DROP DOMAIN IF EXISTS users');
      const given = { ...PRODUCTION, ...(await variables()) };
      for (const words of [['migrate'], ['worker']]) {
        const { code, output } = await cli(words, given);
        expect(code).toBe(1);
        expect(logLines(output).at(-1)!.message).toMatch(says);
      }
      const { code, output } = await cli(['clearsessions'], given);
      expect(code).toBe(1);
      expect(output).toMatch(says);
      expect(output.split('\n')).toHaveLength(1);
    },
  );
});

describe('a start with the embedded PostgreSQL that cannot succeed', () => {
  it.each([
    [
      'a file as DATA_DIR',
      (path: string) => writeFileSync(path, ''),
      /DATA_DIR \(.*\) cannot be used: it is not a directory \(\w+\)\. Set DATA_DIR to/m,
    ],
    [
      'a data folder that holds something else',
      (path: string) => mkdirSync(join(path, 'postgres'), { recursive: true }),
      /^The embedded PostgreSQL cannot start: .*PG_VERSION.* set DATABASE_URL/m,
    ],
  ])('for %s ends with one sentence', async (_, make, says) => {
    const path = join(mkdtempSync(join(folder, 'data-')), 'data');
    make(path);
    const { exited, output } = run('main', [], { DATA_DIR: path, PORT: '0' });
    expect(await exited).toBe(1);
    expect(output().trim()).toMatch(says);
    expect(output()).not.toContain('    at ');
  });
});

describe('what Node prints by itself', () => {
  const withScript = async (script: string) => {
    const file = join(folder, `${script.length}.mjs`);
    writeFileSync(file, `setTimeout(() => { ${script} }, 300);`);
    const { exited, output } = run('main', [], {
      ...PRODUCTION,
      ...only(`${FAR}127.0.0.1:1/app`),
      NODE_OPTIONS: `--import=${file}`,
    });
    return { code: await exited, lines: logLines(output()) };
  };
  const values = `Object.assign(new Error('no one caught this'), { parameters: ['secret-value'] })`;

  it.each([
    ['an exception', `throw ${values}`],
    ['a rejection', `void Promise.reject(${values})`],
  ])('of %s that nothing caught is one line of JSON, without its values', async (_, script) => {
    const { code, lines } = await withScript(script);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      message: 'no one caught this',
      stack: expect.stringContaining('    at '),
    });
    expect(JSON.stringify(lines)).not.toContain('secret-value');
  });

  it('of a warning is one line of JSON', async () => {
    const { lines } = await withScript(
      `process.emitWarning('be warned', 'DeprecationWarning', 'DEP9'); setTimeout(() => process.exit(), 100)`,
    );
    expect(lines.find(({ context }) => context === 'Node')).toMatchObject({
      level: 'warn',
      message: 'DeprecationWarning: be warned',
    });
  });
});
