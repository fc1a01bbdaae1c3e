import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderTemplate, VERSION } from '../../create/render-template.js';
import { newSession } from '../support/accounts.js';
import { testVariables } from '../support/app.js';
import { createdProduct, runCreate } from '../support/created-product.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { HttpClient } from '../support/http.js';
import { eventually, freePort, ROOT } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

type Json = Record<string, Record<string, string>>;
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Json;

/** The files of a folder, without packages. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/^(node_modules|dist)\b/.test(path))
    .filter((path) => statSync(join(folder, path)).isFile())
    .toSorted();
}

describe('npm run create', () => {
  let product: Awaited<ReturnType<typeof createdProduct>>;
  let written: string[];
  beforeAll(async () => {
    product = await createdProduct();
    written = filesIn(product.folder);
  }, 150_000);
  afterAll(() => product.remove());

  it('writes 15 files and the archive that they ask for, and says what is next', () => {
    expect(written).toContain(`gatehouse-${VERSION}.tgz`);
    expect(written).toHaveLength(16);
    expect(written).toEqual(
      expect.arrayContaining(['.gitignore', '.dockerignore', '.env.example']),
    );
    expect(product.output).toContain(`cd ${product.folder}\n  npm install\n  npm start\n`);
  });

  it('leaves a record of every file that it wrote', () => {
    const { files, ...others } = readJson(join(product.folder, '.gatehouse.json'));
    expect(others).toEqual({ version: VERSION, name: 'my-app', example: false, ejected: {} });
    const ofCreate = written.filter((path) => !/\.tgz$|^\.gatehouse/.test(path));
    expect(files).toEqual(
      Object.fromEntries(
        ofCreate.map((path) => [path, readFileSync(join(product.folder, path), 'utf8')]),
      ),
    );
    const gatehouse = `file:gatehouse-${VERSION}.tgz`;
    const rendered = renderTemplate({ name: 'my-app', example: false, gatehouse });
    expect(Object.fromEntries(rendered)).toEqual(files);
  });

  it('asks for the packages that Gatehouse is tested with, and allows the same scripts', () => {
    const ours = readJson(join(ROOT, 'package.json'));
    const theirs = readJson(join(product.folder, 'package.json'));
    const known: Record<string, string> = {
      ...ours.dependencies,
      ...ours.devDependencies,
      ...ours.peerDependencies,
      gatehouse: `file:gatehouse-${VERSION}.tgz`,
    };
    for (const kind of ['dependencies', 'devDependencies']) {
      for (const [name, range] of Object.entries(theirs[kind]!)) {
        expect([name, range]).toEqual([name, known[name]]);
      }
    }
    const optional = Object.keys(ours.peerDependenciesMeta!);
    const peers = Object.keys(ours.peerDependencies!).filter((name) => !optional.includes(name));
    expect(Object.keys(theirs.dependencies!)).toEqual(expect.arrayContaining(peers));
    expect(theirs.allowScripts).toEqual(ours.allowScripts);
    expect(ours.overrides).toMatchObject(theirs.overrides!);
    expect(theirs.engines).toEqual(ours.engines);
    expect(readJson(join(ROOT, 'create/package.json')).version).toBe(ours.version);
  });

  it('lets nothing into the image that is secret or large', () => {
    const allowed = readFileSync(join(product.folder, '.dockerignore'), 'utf8');
    const names = allowed.match(/^!.*$/gm)!.map((line) => line.slice(1));
    expect(allowed.match(/^[^#!].*$/gm)).toEqual(['*']);
    expect(names).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/env|data|node_mod|\*$/)]),
    );
  });

  it.each([
    ['a folder that is not empty', ['.'], 1, /is not empty\. Name a folder that is/],
    ['a file', ['package.json'], 1, /package\.json is a file\. Name a folder\./],
    ['a name that npm refuses', ['new', '--name', 'My App'], 1, /"My App" cannot be the name/],
    ['the name of Gatehouse', ['new', '--name', 'gatehouse'], 1, /"gatehouse" cannot be the name/],
    ['no folder', [], 2, /^Name a folder\.\n\n[^]*Usage: npm run create -- <folder> \[options\]/],
    ['two folders', ['new', 'newer'], 2, /^Name one folder, not also newer\./],
    ['an unknown option', ['new', '--nmae', 'x'], 2, /^Unknown option '--nmae'[^]*Usage:/],
  ])('refuses %s, and writes nothing', async (_, words, code, sentence) => {
    const [folder, ...options] = words.map((word, i) =>
      i === 0 ? join(product.folder, word) : word,
    );
    const answer = await runCreate(...(folder === undefined ? [] : [folder, ...options]));
    expect(answer).toEqual({ code, output: expect.stringMatching(sentence) });
    expect(filesIn(product.folder)).toEqual(written);
    expect(existsSync(join(product.folder, 'new'))).toBe(false);
  });

  it('explains itself', async () => {
    expect(await runCreate('--help')).toEqual({
      code: 0,
      output: expect.stringMatching(/^Makes a product[^]*--example/),
    });
  });

  describe('the product', () => {
    const execFileAsync = promisify(execFile);
    let database: TestDatabase;
    let port: string;
    let variables: Record<string, string>;
    let output = '';
    let ended: Promise<unknown>;
    let http: HttpClient;
    let stop: () => void;
    beforeAll(async () => {
      database = await createDatabase();
      port = String(await freePort());
      const { PATH = '', TEST_DATABASE_URL = '' } = process.env;
      const found = { PATH, HOME: product.folder, TEST_DATABASE_URL };
      variables = { ...testVariables(database.url), ...found, PORT: port, SWAGGER: 'on' };
      const child = spawn('npm', ['start'], { cwd: product.folder, env: variables });
      stop = () => child.kill('SIGTERM');
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      }
      ended = once(child, 'close');
      http = new HttpClient(`http://127.0.0.1:${port}`);
      const isReady = async () => (await http.get('/health/ready')).status === 200;
      await eventually(() => isReady().catch(() => false), 'npm start becomes ready', 60_000);
    }, 70_000);
    afterAll(async () => {
      stop();
      await ended;
      await database.close();
    });

    it('is built by npm start, and not again by the next command', async () => {
      expect(output).toContain('Building my-app.\n');
      const words = ['.bin/gatehouse', 'build'].map((word, i) =>
        i === 0 ? join(product.folder, 'node_modules', word) : word,
      );
      const { stderr } = await execFileAsync(words[0]!, words.slice(1), {
        cwd: product.folder,
        env: variables,
      });
      expect(stderr).toBe('');
    });

    it('registers, signs in, and shows Swagger UI and pages with its own name', async () => {
      const { http: owner, username } = await newSession(http);
      expect((await owner.get('/api/users/me')).body).toMatchObject({ username });
      expect((await http.get('/docs')).text).toContain('swagger-ui');
      expect((await http.get('/docs/openapi.json')).status).toBe(200);
      expect((await new Visitor(http).get('/accounts/login')).text).toContain('My App');
    });

    it('has types for both doors, and none for another file of Gatehouse', async () => {
      const deep = 'gatehouse/dist/src/users/users.service';
      mkdirSync(join(product.folder, 'test/deep'), { recursive: true });
      writeFileSync(
        join(product.folder, 'test/deep/deep.ts'),
        `export { UsersService } from '${deep}.js';\nexport { User } from '${deep}';\n`,
      );
      const tsc = 'node_modules/typescript/bin/tsc';
      const { stdout } = await execFileAsync(process.execPath, [tsc, '--noEmit'], {
        cwd: product.folder,
      }).catch((error: { stdout: string }) => error);
      expect(stdout.match(/^.*error TS\d+/gm)).toEqual([
        expect.stringMatching(/^test\/deep\/deep\.ts\(1,\d+\): error TS(2307|7016)/),
        expect.stringMatching(/^test\/deep\/deep\.ts\(2,\d+\): error TS(2307|7016)/),
      ]);
    }, 60_000);

    it('passes its own tests', async () => {
      const { stderr } = await execFileAsync('npm', ['test'], {
        cwd: product.folder,
        env: variables,
      });
      expect(stderr).toMatch(/Tests: +3 passed, 3 total/);
    }, 60_000);
  });
});
