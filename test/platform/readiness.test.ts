import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Environment } from '../../src/platform/config/environment.js';
import type { DataSource, QueryRunner } from 'typeorm';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { problem } from '../support/http.js';
import { type FreezingProxy, startFreezingProxy } from '../support/freezing-proxy.js';
import { eventually, startInstance, type TestServer } from '../support/process.js';

const { DataSource: Source } = await built<typeof import('typeorm')>('typeorm');

describe('readiness while every connection of the pool is taken', () => {
  let app: TestApp;
  let taken: QueryRunner[];
  beforeAll(async () => {
    app = await startApp();
    const dataSource = app.nest.get<DataSource>(Source);
    // Each by a flow of its own, as requests do.
    taken = await Promise.all(
      Array.from({ length: new Environment().DATABASE_POOL_SIZE }, async () => {
        await Promise.resolve();
        const runner = dataSource.createQueryRunner();
        await runner.connect();
        return runner;
      }),
    );
  });
  afterAll(async () => {
    for (const runner of taken) await runner.release();
    await app.close();
  });

  it('is 200: the instance does its work, one request after the other', async () => {
    for (let i = 0; i < 3; i++) expect((await app.http.get('/health/ready')).status).toBe(200);
  });

  it('is 200 for a flood of questions, which take one connection', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => app.http.get('/health/ready')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(
      await app.database.sql(
        `SELECT count(*)::int AS connections FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'gatehouse monitor'`,
      ),
    ).toEqual([{ connections: 1 }]);
  });
});

describe('readiness with a database that does not answer', () => {
  let database: TestDatabase;
  let proxy: FreezingProxy;
  let server: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    proxy = await startFreezingProxy(database.url);
    server = await startInstance(proxy.url);
  });
  afterAll(async () => {
    proxy.close();
    await server.stop('SIGKILL');
    await database.close();
  });

  it('is 503 after two seconds, and 200 again by another connection', async () => {
    proxy.freeze('gatehouse monitor');
    const begun = performance.now();
    expect((await server.http.get('/health/ready')).status).toBe(503);
    expect(performance.now() - begun).toBeGreaterThan(1_900);
    await eventually(
      async () => (await server.http.get('/health/ready')).status === 200,
      'ready again',
    );
  });
});

describe('readiness with a database that cannot be written', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('is 503 with the reason, and 200 again when the database can be written', async () => {
    const set = async (value: string) => {
      await app.database.admin(
        (name) => `ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`,
      );
      // The setting counts for new connections.
      await app.database.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'gatehouse monitor'`,
      );
    };
    expect((await app.http.get('/health/ready')).status).toBe(200);
    await set('on');
    await eventually(async () => {
      const answer = await app.http.get('/health/ready');
      if (answer.status === 200) return false;
      const { code, detail } = problem(answer);
      return code === 'service_unavailable' && detail.includes('it is read-only');
    }, 'not ready, for the reason');
    await set('off');
    await eventually(async () => (await app.http.get('/health/ready')).status === 200, 'ready');
  });
});
