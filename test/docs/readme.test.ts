import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '../../src/http/problem-catalogue.js';
import { Environment } from '../../src/platform/config/environment.js';
import { SECRET_VARIABLES } from '../../src/platform/config/secret-files.js';
import { newSession } from '../support/accounts.js';
import { startApp } from '../support/app.js';
import { built } from '../support/built.js';
import { compile } from '../support/compile.js';
import { HttpClient } from '../support/http.js';
import { eventually, freePort, ROOT } from '../support/process.js';

const { Module } = await built<typeof import('@nestjs/common')>('@nestjs/common');

const execFileAsync = promisify(execFile);
const readme = read('README.md');

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** A page with its tables as narrow as they can be written. */
function narrow(file: string): string {
  return read(file).replaceAll(/ {2,}/g, ' ');
}

/** The fenced blocks of a language, with what follows a block when that is its output. */
function blocks(language: string): { code: string; output: unknown }[] {
  const fences = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return fences.flatMap(([, type, code], i) => {
    if (type !== language) return [];
    const next = fences[i + 1];
    const isOutput = next?.[1] === 'json';
    return [{ code: code!, output: isOutput ? (JSON.parse(next[2]!) as unknown) : undefined }];
  });
}

/** Replaces what differs every time by what kind of thing it is. */
function kinds(value: unknown): unknown {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string'
      ? part
          .replace(/^[0-9a-f]{8}-[0-9a-f-]{27}$/, '<uuid>')
          .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, '<time>')
      : part,
  );
  return JSON.parse(text);
}

/** A controller that a page shows, as it was built in a folder of `src`. */
async function controllerIn(code: string, name: string): Promise<Record<string, never>> {
  const compiled = await compile(code.replaceAll("'../", "'../../dist/src/"));
  const generated = join(ROOT, 'test-results/generated');
  mkdirSync(generated, { recursive: true });
  const file = join(generated, name);
  writeFileSync(file, compiled);
  return built(file);
}

describe('the README', () => {
  let folder: string;
  let port: string;
  let http: HttpClient;
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
    expect(blocks('sh')[0]!.code).toBe('npm ci\nnpm start\n');
    app = spawn('npm', ['start'], { cwd: ROOT, env: variables, stdio: 'ignore' });
    http = new HttpClient(`http://127.0.0.1:${port}`);
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

  it('shows a tour whose every command answers as printed', async () => {
    const tour = blocks('sh').slice(1);
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
    for (const [i, { code, output }] of tour.entries()) {
      const printed: unknown = outputs[i]!.trim() ? JSON.parse(outputs[i]!) : undefined;
      expect({ code, output: printed && kinds(printed) }).toEqual({
        code,
        output: output && kinds(output),
      });
    }
  });

  it('shows a controller that is protected as it says', async () => {
    const { code } = blocks('ts')[0]!;
    const { NewsController } = await controllerIn(code, 'news.controller.js');
    @Module({ controllers: [NewsController!] })
    class NewsModule {}
    const articles = await startApp({}, [NewsModule]);
    try {
      expect((await articles.http.get('/api/news')).status).toBe(200);
      expect((await articles.http.get('/api/news/mine')).status).toBe(401);
      const session = await newSession(articles.http);
      const mine = await session.http.get('/api/news/mine');
      expect(mine.body).toEqual([{ title: 'A draft', author: session.username }]);
    } finally {
      await articles.close();
    }
  });

  it('lists commands that exist and work', async () => {
    const listed = [...narrow('README.md').matchAll(/^\| `(npm [^`]+)` \|/gm)].map(
      ([, command]) => command!,
    );
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const command of listed) {
      const name = command.replace(/^npm (run )?/, '').split(' ')[0]!;
      expect(Object.keys(scripts)).toContain(name);
    }
    // Beside the running application, on its database. The others are this run, its start and its
    // build, or have a test of their own.
    const safe = listed.filter((command) =>
      /keys (list|rotate)|routes|migration:run/.test(command),
    );
    expect(safe).toHaveLength(4);
    for (const command of safe) {
      await execFileAsync('bash', ['-c', command], { cwd: ROOT, env: variables });
    }
  });

  it('documents every variable that is read, as .env.example does, with its default', () => {
    const defaults = new Environment() as unknown as Record<string, string | number | undefined>;
    const names = read('src/platform/config/environment.ts').match(/^ {2}([A-Z_]+)(?=\?| =)/gm)!;
    expect(names.length).toBeGreaterThan(12);
    const example = read('.env.example');
    for (const name of names.map((line) => line.trim())) {
      const row = new RegExp(`^\\| \`${name}\` \\| (.*?) \\|`, 'm').exec(narrow('README.md'));
      expect({ name, isDocumented: row !== null }).toEqual({ name, isDocumented: true });
      const value = defaults[name];
      expect(example).toMatch(new RegExp(`^${name}=${value ?? ''}$`, 'm'));
      if (value !== undefined) expect(row![1]).toContain(`\`${value}\``);
    }
  });

  it('names every secret that a file may hold', () => {
    const [, paragraph] = /`<NAME>_FILE` names([^|]*)\|/.exec(readme)!;
    const [header] = read('.env.example').split('NODE_ENV=');
    for (const name of SECRET_VARIABLES) {
      expect(paragraph).toContain(`\`${name}\``);
      expect(header).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  it('has its errors documented', () => {
    const documented = [...narrow('docs/errors.md').matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)];
    expect(documented.map(([, status, code]) => [code, Number(status)])).toEqual(
      Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]),
    );
  });

  it('links only to what is there', () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md']) {
      for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        expect(() => read(join(page, '..', target!))).not.toThrow();
      }
    }
  });
});
