import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, testVariables } from '../support/app.js';
import { problem } from '../support/http.js';
import { logLines } from '../support/log-lines.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually, run, startInstance } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

describe('the start', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.close());

  const output = async (variables: Record<string, string>) => {
    const { exited, output: text } = run('main', [], variables);
    return { code: await exited, text: text() };
  };

  it('in production names everything that is missing, at once [A99] [ASVS 13.2.3]', async () => {
    const { code, text } = await output({ NODE_ENV: 'production' });
    expect(code).toBe(1);
    const [line, ...others] = logLines(text);
    expect(others).toEqual([]);
    expect(line!.message.split('\n')).toEqual([
      'Gatehouse cannot start with this configuration:',
      expect.stringMatching(/^ {2}- DATABASE_URL is required in production/),
      expect.stringMatching(/^ {2}- APP_SECRET is required in production/),
      expect.stringMatching(
        /^ {2}- SMTP_URL is required in production, or EMAIL_VERIFICATION=none/,
      ),
      expect.stringMatching(/^ {2}- PUBLIC_URL is required in production/),
    ]);
  });

  it('in production stops at a value that is wrong, naming the variable [A99] [ASVS 12.2.1]', async () => {
    const { code, text } = await output({
      ...testVariables(database.url),
      NODE_ENV: 'production',
      PUBLIC_URL: 'http://accounts.example.com',
    });
    expect(code).toBe(1);
    expect(text).toContain('PUBLIC_URL must begin with https://');
    expect(text).toContain('BCRYPT_COST must be at least 10');
    expect(text).not.toContain('    at ');
  });

  it('in production closes what is for developers and speaks JSON [A100] [ASVS 13.4.2, 13.4.5, 15.2.3]', async () => {
    const server = await startInstance(database.url, {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://accounts.example.com',
      BCRYPT_COST: '12',
      HOST: '127.0.0.1',
      SWAGGER: '',
      EMAIL_VERIFICATION: 'none',
    });
    for (const path of ['/docs', '/docs/openapi.json', '/dev/mailbox']) {
      expect((await server.http.get(path)).status).toBe(404);
    }
    // Without a mail server it says what is off.
    expect(server.output()).toContain('Without SMTP_URL no mail is sent');
    const reset = await server.http.post('/api/account/password/reset', { email: 'a@example.com' });
    expect(problem(reset).code).toBe('mail_disabled');
    await server.http.post('/api/auth/register', {
      username: 'boss',
      email: 'boss@example.com',
      password: PASSWORD,
    });
    await database.sql(`UPDATE users SET is_superuser = true WHERE username = 'boss'`);
    const { accessToken } = await signIn(server.http, 'boss');
    const added = await server.http
      .as(accessToken)
      .post('/api/users', { username: 'ann', email: 'ann@example.com' });
    expect({ status: added.status, body: added.body }).toMatchObject({
      status: 201,
      body: { username: 'ann', invitedAt: null },
    });
    const boss = new Visitor(server.http);
    const origin = { origin: 'https://accounts.example.com' };
    await boss.post('/accounts/login', { username: 'boss', password: PASSWORD }, origin);
    const { text: form } = await boss.get('/admin/users/add');
    expect(form).toContain('No invitation is sent, because this site sends no email.');
    expect(form).not.toContain('name="sendInvitation"');
    const { headers } = await server.http.get('/health/live');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    expect(await server.stop()).toBe(0);
    for (const line of server.output().trim().split('\n')) {
      expect(JSON.parse(line)).toHaveProperty('level');
    }
  });

  it('asked for traces, names the package that has to be installed', async () => {
    const { code, text } = await output({
      ...testVariables(database.url),
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    });
    expect(code).toBe(1);
    expect(text).toContain('the package @opentelemetry/sdk-node is not installed');
    expect(text).not.toContain('    at ');
  });

  it('hashes at the cost that production asks for [ASVS 11.4.2]', async () => {
    const app = await startApp({ BCRYPT_COST: '12' });
    const { id } = await register(app.http);
    const [row] = await app.database.sql('SELECT password_hash FROM users WHERE id = $1', [id]);
    expect(row!.password_hash).toMatch(/^bcrypt_sha256\$\$2b\$12\$/);
    await app.close();
  });

  it('migrates once when three instances start together', async () => {
    const empty = await createDatabase('template0');
    const servers = await Promise.all(Array.from({ length: 3 }, () => startInstance(empty.url)));
    const migrated = servers.filter((server) => server.output().includes('Applied Foundation'));
    expect(migrated).toHaveLength(1);
    expect(await empty.sql(`SELECT FROM signing_keys WHERE state = 'active'`)).toHaveLength(1);
    expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0, 0]);
    await empty.close();
  });

  it('says so when the port is taken', async () => {
    const app = await startApp();
    const { port } = new URL(app.http.url);
    const { code, text } = await output({ ...testVariables(database.url), PORT: port });
    expect(code).toBe(1);
    expect(text).toContain('EADDRINUSE');
    expect(text).not.toContain('    at ');
    await app.close();
  });

  it('is undone by SIGTERM: requests in flight are answered, new ones are not, exit 0', async () => {
    const server = await startInstance(database.url, { BCRYPT_COST: '13' });
    const username = 'in-flight';
    await register(server.http, { username });
    const login = server.http.post('/api/auth/login', { username, password: PASSWORD });
    // The hash takes a while; by then the request is being worked on.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const exited = server.stop('SIGTERM');
    await eventually(
      () =>
        server.http.get('/health/live').then(
          ({ status }) => status === 503,
          () => true,
        ),
      'it refuses new requests',
    );
    expect((await login).status).toBe(200);
    expect(await exited).toBe(0);
  });

  it('serves on for SHUTDOWN_DELAY after SIGTERM, is not ready meanwhile, and ends connections', async () => {
    const server = await startInstance(database.url, { SHUTDOWN_DELAY: '4s' });
    const before = await server.http.get('/health/ready');
    expect(before.headers.get('connection')).not.toBe('close');
    const exited = server.stop('SIGTERM');
    await eventually(
      async () => (await server.http.get('/health/ready')).status === 503,
      'it is not ready',
    );
    const { username } = await register(server.http);
    const login = await server.http.post('/api/auth/login', { username, password: PASSWORD });
    expect(login.status).toBe(200);
    expect(login.headers.get('connection')).toBe('close');
    expect((await server.http.get('/health/live')).status).toBe(200);
    expect(await exited).toBe(0);
    await expect(server.http.get('/health/live')).rejects.toThrow();
  });

  it('ends at once on a second signal', async () => {
    const server = await startInstance(database.url, { SHUTDOWN_DELAY: '9m' });
    server.child.kill('SIGTERM');
    await eventually(
      async () => (await server.http.get('/health/ready')).status === 503,
      'it is not ready',
    );
    expect(await server.stop('SIGINT')).toBe(130);
  });

  it('takes HSTS_INCLUDE_SUBDOMAINS and KEEP_ALIVE_TIMEOUT as they are set', async () => {
    const app = await startApp({
      PUBLIC_URL: 'https://accounts.example.com',
      HSTS_INCLUDE_SUBDOMAINS: 'off',
      KEEP_ALIVE_TIMEOUT: '620s',
    });
    const { headers } = await app.http.get('/health/live');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(headers.get('keep-alive')).toBe('timeout=620');
    await app.close();
  });

  it('survives the loss of its database, says 503 meanwhile, and recovers [ASVS 16.5.2, 16.5.3]', async () => {
    const server = await startInstance(database.url);
    const { username } = await register(server.http);
    const { accessToken } = await signIn(server.http, username);
    await database.admin((name) => `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await database.admin(
      (name) => `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
    await eventually(
      async () => (await server.http.get('/health/ready')).status === 503,
      'not ready',
    );
    const credentials = { username, password: PASSWORD };
    const refused = await server.http.post('/api/auth/login', credentials);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.text).not.toMatch(/database ".*"|ECONN|connect/i);
    // A token that cannot be judged now is not called dead: its owner would throw it away.
    const guarded = await server.http.as(accessToken).get('/api/auth/session');
    expect(guarded.status).toBe(503);
    expect((await server.http.get('/health/live')).status).toBe(200);
    await database.admin((name) => `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await eventually(
      async () => (await server.http.post('/api/auth/login', credentials)).status === 200,
      'signing in works again',
    );
    await server.stop();
  });
});
