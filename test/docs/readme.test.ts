import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderTemplate } from '../../create/render-template.js';
import { newSession } from '../support/accounts.js';
import { kinds, readPage } from '../support/doc-page.js';
import { HttpClient } from '../support/http.js';
import { eventually, freePort, ROOT } from '../support/process.js';
import { Product } from '../support/product.js';

const execFileAsync = promisify(execFile);
const readme = readPage('README.md').setup;

describe('the quick start of the README', () => {
  let folder: string;
  let port: string;
  let app: ChildProcess;
  let variables: Record<string, string>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-readme-'));
    chmodSync(folder, 0o711);
    port = String(await freePort());
    variables = {
      PATH: process.env.PATH!,
      HOME: process.env.HOME ?? folder,
      NODE_ENV: 'test',
      PORT: port,
      DATA_DIR: join(folder, 'data'),
    };
    // The second command of the quick start; the first, npm ci, is why this test can run at all.
    const quickStart = readme.find(({ language }) => language === 'sh');
    expect(quickStart!.code).toBe('npm ci && npm start\n');
    app = spawn('npm', ['start'], { cwd: ROOT, env: variables, stdio: 'ignore' });
    const http = new HttpClient(`http://127.0.0.1:${port}`);
    await eventually(
      () =>
        http.get('/health/ready').then(
          ({ status }) => status === 200,
          () => false,
        ),
      'npm start becomes ready',
    );
  });
  afterAll(async () => {
    const pidFile = join(folder, 'data/postgres/pgdata/postmaster.pid');
    expect(existsSync(pidFile)).toBe(true);
    app.kill('SIGTERM');
    await eventually(
      () => !existsSync(pidFile),
      'npm passed the signal on, and the database stopped',
    );
    rmSync(folder, { recursive: true, force: true });
  });

  it('leads to a tour whose every command answers as printed', async () => {
    const blocks = readPage('docs/tour.md').setup;
    const tour = blocks.filter(({ language }) => language === 'sh');
    expect(tour.length).toBeGreaterThan(5);
    const script = tour.map(({ code }) => `${code}\nprintf '\\0'`).join('\n');
    const { stdout } = await execFileAsync(
      'bash',
      [
        '-euo',
        'pipefail',
        '-c',
        script.replaceAll('http://localhost:3000', `http://127.0.0.1:${port}`),
      ],
      { cwd: folder, env: variables },
    );
    const outputs = stdout.split('\0');
    for (const [i, command] of tour.entries()) {
      const next = blocks[blocks.indexOf(command) + 1];
      const shown = next?.language === 'json' ? kinds(next.code) : undefined;
      const printed = outputs[i]!.trim() ? kinds(outputs[i]!) : undefined;
      expect({ code: command.code, printed }).toEqual({ code: command.code, printed: shown });
    }
  });

  it('names commands that work while the application runs', async () => {
    for (const command of [
      'npm run cli -- keys list',
      'npm run cli -- keys rotate',
      'npm run cli -- routes',
      'npm run migration:run',
    ]) {
      await execFileAsync('bash', ['-c', command], { cwd: ROOT, env: variables });
    }
  });
});

describe('the README', () => {
  it('shows a controller that is protected as it says', async () => {
    const { code } = readme.find(({ language }) => language === 'ts')!;
    const product = await Product.create({
      'src/news.controller.ts': code,
      'src/app.module.ts': `
        import { Module } from '@nestjs/common';
        import { GatehouseModule } from 'gatehouse';
        import { NewsController } from './news.controller.js';
        @Module({
          imports: [GatehouseModule.forRoot({ root: import.meta.dirname })],
          controllers: [NewsController],
        })
        export class AppModule {}`,
    });
    try {
      const { http } = await product.start();
      const session = await newSession(http);
      const statuses = async (client: HttpClient) => {
        const paths = ['/api/news', '/api/news/mine', '/api/news/drafts', '/api/news/readers'];
        return Promise.all(paths.map(async (path) => (await client.get(path)).status));
      };
      expect(await statuses(http)).toEqual([200, 401, 401, 401]);
      expect(await statuses(session.http)).toEqual([200, 200, 403, 403]);
      const mine = await session.http.get('/api/news/mine');
      expect(mine.body).toEqual([{ title: 'A draft', author: session.username }]);
      await product.database.sql(
        `INSERT INTO user_permissions (user_id, permission_codename) VALUES ($1, 'users.view')`,
        [session.user.id],
      );
      await eventually(
        async () => (await session.http.get('/api/news/readers')).status === 200,
        'the permission counts',
      );
      await product.database.sql(
        `INSERT INTO user_roles SELECT $1, id FROM roles WHERE name = 'admin'`,
        [session.user.id],
      );
      await eventually(
        async () => (await session.http.get('/api/news/drafts')).status === 200,
        'the role counts',
      );
    } finally {
      await product.remove();
    }
  });

  it('says the two commands word for word', () => {
    const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(text).toContain('npm ci && npm start');
    expect(text).toContain('npm ci && npm test');
  });

  it('counts the files of a product', () => {
    const files = renderTemplate({ name: 'my-app', example: false });
    // And the record of what they were.
    const count = files.size + 1;
    const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(text).toContain(`a product of ${count} files`);
  });
});
