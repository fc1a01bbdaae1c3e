import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { register, signIn } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { HttpClient } from '../support/http.js';
import { eventually, freePort, ROOT, watch } from '../support/process.js';

interface LockedPackage {
  version: string;
  dev?: boolean;
  devOptional?: boolean;
  engines?: { node?: string };
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, LockedPackage>;
};
const production = Object.keys(packages).filter(
  (path) => path !== '' && !packages[path]!.dev && !packages[path]!.devOptional,
);

/** A folder as a deployment leaves it, with these packages and nothing else installed. */
class Deployment {
  private readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-deployment-'));
  private readonly children: ChildProcess[] = [];

  constructor(
    files: Record<string, string>,
    installed: Iterable<string>,
    private readonly variables: Record<string, string>,
  ) {
    chmodSync(this.folder, 0o711);
    for (const [from, to] of Object.entries(files)) {
      cpSync(join(ROOT, from), join(this.folder, to), {
        recursive: true,
        preserveTimestamps: true,
      });
    }
    for (const path of installed) {
      const target = join(this.folder, path);
      mkdirSync(dirname(target), { recursive: true });
      // A nested package comes with the one it is in.
      if (!path.includes('/node_modules/')) symlinkSync(join(ROOT, path), target);
    }
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** Runs a command as its documentation words it. */
  async run(command: string): Promise<{ code: number | null; output: string }> {
    const child = this.spawn(command);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output: child.output() };
  }

  /** `npm start`, until it is ready. */
  async start(): Promise<HttpClient> {
    const port = String(await freePort());
    const server = this.spawn('npm start', { PORT: port });
    const http = new HttpClient(`http://127.0.0.1:${port}`);
    await eventually(() => {
      if (server.exitCode !== null) throw new Error(`npm start ended:\n${server.output()}`);
      return http.get('/health/ready').then(
        ({ status }) => status === 200,
        () => false,
      );
    }, 'npm start becomes ready');
    return http;
  }

  async close(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await closed;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(command: string, variables: Record<string, string> = {}) {
    const [program, ...words] = command.split(' ');
    const child = spawn(program!, words, {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH!,
        HOME: this.folder,
        NPM_CONFIG_UPDATE_NOTIFIER: 'false',
        ...this.variables,
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    }
    watch(() => text);
    return Object.assign(child, { output: () => text });
  }
}

describe('a deployment', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.close());

  /** What the image removes after `npm prune`. */
  const [, removed] = /&& rm -rf (.*?) \\$/m.exec(read('Dockerfile'))!;
  const imagePackages = production.filter(
    (path) => !removed!.split(' ').some((one) => `${path}/`.startsWith(`${one}/`)),
  );
  const [, withoutBuild] = /^RUN (npm pkg delete .*?) \\$/m.exec(read('Dockerfile'))!;
  const afterPrune = () =>
    new Deployment(
      {
        dist: 'dist',
        scripts: 'scripts',
        src: 'src',
        migrations: 'migrations',
        'package.json': 'package.json',
        'package-lock.json': 'package-lock.json',
      },
      production,
      { ...testVariables(database.url), SWAGGER: 'on' },
    );
  const image = () =>
    new Deployment(
      {
        dist: 'dist',
        'package.json': 'package.json',
      },
      imagePackages,
      { ...testVariables(database.url), SWAGGER: 'on' },
    );

  it.each([
    ['a build whose development packages were pruned', afterPrune],
    ['the image', image],
  ])('serves from %s, with every documented command', async (_, deploy) => {
    const deployment = deploy();
    try {
      if (deploy === image) await deployment.run(withoutBuild!);
      const http = await deployment.start();
      const { username } = await register(http);
      await signIn(http, username);
      const page = await http.get('/accounts/login');
      const assets = [...page.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)];
      expect(assets.length).toBeGreaterThan(1);
      for (const [, path] of assets) expect((await http.get(path!)).status).toBe(200);
      const { text: docs } = await http.get('/docs', { accept: 'text/html' });
      const [, style] = /href="(\/docs\/swagger-ui-[^"]+\.css)"/.exec(docs)!;
      expect((await http.get(style!)).status).toBe(200);
      expect(await deployment.run(`npm run cli -- users list --search ${username}`)).toEqual({
        code: 0,
        output: expect.stringContaining(`${username}@`),
      });
    } finally {
      await deployment.close();
    }
  });

  it('says what to run where nothing is built and nothing can build', async () => {
    const deployment = afterPrune();
    try {
      deployment.remove('dist');
      const { code, output } = await deployment.run('npm start');
      expect(code).toBe(1);
      expect(output).toContain('Run: npm ci && npm run build');
      expect(output).not.toContain('    at ');
    } finally {
      await deployment.close();
    }
  });

  it('starts the image by the command of npm start', () => {
    const [, command] = /^CMD (\[.*\])$/m.exec(read('Dockerfile'))!;
    const { scripts } = JSON.parse(read('package.json')) as { scripts: { start: string } };
    expect(`exec ${(JSON.parse(command!) as string[]).join(' ')}`).toBe(scripts.start);
  });
});

describe('docker-compose.yml', () => {
  const compose = read('docker-compose.yml');
  const [, app] = /^ {2}app:\n([^]*?)^ {2}\w+:$/m.exec(compose)!;

  it('passes every variable on, from .env and from the shell', () => {
    const variables = read('src/platform/config/environment.ts').match(
      /^ {2}([A-Z_]+)(?=\?| =)/gm,
    )!;
    const [, environment] = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(app!)!;
    const passed = new Set(
      [...environment!.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name]) => name!),
    );
    // The embedded database, which alone has a folder, is for development.
    expect(variables.map((line) => line.trim()).filter((one) => !passed.has(one))).toEqual([
      'DATA_DIR',
    ]);
    // OIDC_<NAME>_… have names that no list holds.
    expect(app).toMatch(/env_file:\n {6}- path: \.env\n {8}required: false\n/);
  });

  it('puts no password into an address, where some letters would need encoding', () => {
    expect(compose).not.toMatch(/:\/\/[^/\s]*\$\{?POSTGRES_PASSWORD/);
    expect(app).toMatch(/^ {6}PGPASSWORD: \$\{POSTGRES_PASSWORD:\?/m);
  });
});

describe('the packages that are installed', () => {
  it('ask for a newer Node than 20.19 only where the README says so', () => {
    const asksForNewer = (range: string) =>
      !range.split('||').some((one) => {
        const [, sign, major, minor] = /^\s*(>=?|\^|~|)\s*v?(\d+|\*)(?:\.(\d+))?/.exec(one)!;
        if (major === '*') return true;
        return Number(major) === 20
          ? Number(minor ?? 0) <= 19
          : Number(major) < 20 && sign!.startsWith('>');
      });
    const asking = production
      .filter((path) => asksForNewer(packages[path]!.engines?.node ?? '*'))
      .map((path) => path.split('node_modules/').at(-1)!)
      .toSorted();
    const [, named] = /On Node 20, [^]*?EBADENGINE[^]*?\(([^)]*)\)/.exec(read('README.md'))!;
    expect(named!.match(/[\w@/-]+(?=`)/g)!.toSorted()).toEqual(asking);
  });
});
