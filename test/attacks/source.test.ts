import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { AsksOfThePool } from '../support/asks-of-the-pool.js';
import { built } from '../support/built.js';
import { ROOT } from '../support/process.js';

const { createEmailTransport } = await built<
  typeof import('../../src/platform/email/email-transport.js')
>('src/platform/email/email-transport.js');
const { deriveKey, seal } =
  await built<typeof import('../../src/common/crypto.js')>('src/common/crypto.js');

const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** Where a package comes from when the lock file does not say. */
const REGISTRY = 'https://registry.npmjs.org/';

/** The application's own code. The kit for the tests of products is none of it, and nothing of it imports the kit. */
const SOURCES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.spec.ts'))
  .filter((name) => !/^testing(\.ts$|\/)/.test(name))
  .toSorted()
  .map((name) => ({ name, text: text(join('src', name)) }));
/** Every line of it, with its file. */
const LINES = SOURCES.flatMap(({ name, text }) =>
  text.split('\n').map((line) => ({ file: name, text: line.trim() })),
);
const filesWith = (pattern: RegExp) => [
  ...new Set(LINES.filter(({ text }) => pattern.test(text)).map(({ file }) => file)),
];
/** What stands in the first group of a pattern, wherever it occurs. */
const found = (pattern: RegExp) => [
  ...new Set(LINES.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, one]) => one!))),
];

describe('the source', () => {
  it('runs no programs but those of the embedded database, psql, git and the build of a product, and these without a shell [ASVS 1.2.5]', () => {
    expect(filesWith(/child_process/)).toEqual([
      'platform/database/embedded/run.ts',
      'platform/database/psql.ts',
      'project/build.ts',
      'project/git.ts',
      'project/update.ts',
    ]);
    expect(found(/import \{ (.*) \} from 'node:child_process'/g)).toEqual([
      'execFile',
      'spawn',
      'spawnSync',
    ]);
    expect(filesWith(/shell: ?true|\bexec\(['"`$]|execSync/)).toEqual([]);
  });

  it('adds events to the audit trail in one way, which runs the hooks of a product', () => {
    expect(filesWith(/INSERT INTO "?audit_events/)).toEqual(['audit/audit-events.sql.ts']);
    // A sign-in is one statement, which hands its event on.
    expect(filesWith(/\baddEvent\(/)).toEqual([
      'audit/audit-events.sql.ts',
      'audit/audit.service.ts',
      'auth/sign-in-record.ts',
    ]);
    expect(filesWith(/\.prepareEvent\(/)).toEqual(filesWith(/\.settlePreparedEvent\(/));
  });

  it('writes addresses of accounts in three methods, and only after the rule of the product was asked', () => {
    // Every statement that adds an account, or writes the columns of its address.
    const writers = filesWith(
      /tx\.create\(User,|\.insert\(User\b|INSERT INTO users\b|\.update\(User\b.*email|UPDATE users SET .*\bemail\b|\.into\(User\b/,
    );
    expect(writers).toEqual([
      // Reads the account back under another username.
      'users/address-usernames.ts',
      'users/addresses.service.ts',
      'users/users.service.ts',
    ]);
    for (const [file, names] of [
      ['users/users.service.ts', ['create', 'updateUser']],
      ['users/addresses.service.ts', ['setProvenAddress']],
    ] as const) {
      const methods = SOURCES.find(({ name }) => name === file)!.text.split(/^  async /m);
      const asking = methods.filter((method) => method.includes('assertAdmitted('));
      expect(asking.map((method) => method.split('(')[0])).toEqual(names);
    }
    // And these pass over the rule, each for a reason that stands there.
    expect(filesWith(/Admission\.unasked\(/)).toEqual([
      'account/email-proof.service.ts',
      'account/email-undo.service.ts',
      'account/superusers.service.ts',
      'cli/seeds/seed-accounts.service.ts',
    ]);
    expect(filesWith(/Admission\.asked\(/)).toEqual(['users/registration-rules.ts']);
  });

  it('hashes a password that was chosen only where the rules of the product are asked', () => {
    const choosing = filesWith(/\bpasswords\.hash\(/);
    const asking = filesWith(/passwordRules\.findingsOf\(|setting\.check\(|rules\.findingsOf\(/);
    expect(choosing.filter((file) => !asking.includes(file))).toEqual([
      // One that nobody chose, one of a seed, which the developer chose, and one that was checked before.
      'account/email-undo.service.ts',
      'cli/seeds/seed-accounts.service.ts',
      'passwords/password-backend.ts',
    ]);
  });

  it('makes no code from text, and no expression from input [ASVS 1.3.2, 1.2.9]', () => {
    expect(
      filesWith(/\beval\(|new Function\(|from 'node:(vm|repl)'|set(Timeout|Interval)\(['"`]/),
      // What the operator types.
    ).toEqual(['cli/shell/run-repl.ts', 'cli/shell/run-script.ts']);
    expect(filesWith(/dangerouslySetInnerHTML/)).toEqual([]);
    // Of constants in the same file, and of names in sources.
    expect(filesWith(/\bRegExp\(/)).toEqual([
      'common/text.ts',
      'http/outage.ts',
      'passwords/hashers/argon2.ts',
      'passwords/hashers/pbkdf2.ts',
      'passwords/hashers/scrypt.ts',
      'project/source-blocks.ts',
      'users/search-form.ts',
    ]);
  });

  it('calls nobody: there is no client in it but those of PostgreSQL, SMTP and providers of identities, and of traces on demand [ASVS 1.3.6, 13.2.4, 13.2.5, 15.3.2]', () => {
    expect(filesWith(/\bfetch\(|XMLHttpRequest|WebSocket\(|EventSource\(/)).toEqual([]);
    const network = /from '(node:)?(https?|http2|net|tls|dgram|dns|dns\/promises|undici|axios)'/;
    // Types, names of statuses, resolving the names of providers, what an address looks like, and a port that is free.
    expect(filesWith(network)).toEqual([
      'checks/account-checks.ts',
      'federation/provider-http.ts',
      'http/broken-request.ts',
      'http/client-ip.ts',
      'http/problem.ts',
      'openapi/describe-operation.ts',
      'platform/database/embedded/server.ts',
      'platform/telemetry/start-telemetry.ts',
    ]);
    expect(
      filesWith(/\b(createConnection|(?<!ddress\.|this\.)connect|request|lookup|resolve4)\(['"`{]/),
    ).toEqual([]);
    expect(filesWith(/from 'nodemailer'/)).toEqual([
      'platform/email/email-delivery.service.ts',
      'platform/email/email-transport.ts',
    ]);
    expect(found(/import\('(undici|openid-client)'\)/g)).toEqual(['openid-client', 'undici']);
    // With the first provider, and not before.
    expect(filesWith(/^import (?!type).* from '(undici|openid-client)'/)).toEqual([]);
    expect(filesWith(/import\('undici'\)/)).toEqual(['federation/provider-http.ts']);
    expect(filesWith(/createTransport\(/)).toEqual(['platform/email/email-transport.ts']);
  });

  it('uses vetted cryptography only, of 128 bits and more, in known places [ASVS 11.1.3, 11.2.1, 11.2.3, 11.3.1, 11.3.2, 11.4.1, 11.4.3]', () => {
    expect(found(/create(?:Hash|Hmac)\('([^']+)'/g)).toEqual(['sha256']);
    expect(found(/create(?:Cipher|Decipher)iv\('([^']+)'/g)).toEqual(['aes-256-gcm']);
    expect(found(/hkdfSync\('([^']+)'/g)).toEqual(['sha256']);
    expect(found(/namedCurve: '([^']+)'/g)).toEqual(['P-256']);
    // Only to recognise passwords that were hashed elsewhere; they are hashed anew at the next sign-in.
    expect(filesWith(/'sha1'|'md5'|pbkdf2|scrypt\(/)).toEqual([
      'passwords/hashers/pbkdf2.ts',
      'passwords/hashers/stored-hash.ts',
    ]);
    expect(
      filesWith(/'md5'|'(des-|rc4|aes-\d+-(ecb|cbc|ctr))|RSA_PKCS1_PADDING|Math\.random/i),
    ).toEqual([]);
    expect(
      found(/from '((?:node:)?crypto|bcrypt|[^']*(?:argon|crypto|jose|jwt|forge|nacl)[^']*)'/g)
        .filter((name) => !name.startsWith('.'))
        .toSorted(),
    ).toEqual(['@nestjs/jwt', '@node-rs/argon2', 'bcrypt', 'node:crypto', 'passport-jwt']);
  });

  it('asks the pool for nothing inside a transaction: it might wait for itself [ASVS 15.4.3]', () => {
    const asks = new AsksOfThePool(SOURCES);
    expect(asks.places()).toEqual([]);
    // That it finds none is worth something only when it sees who asks.
    expect(asks.count).toBeGreaterThan(100);
    // A command of developers, which compares schemas and answers no request.
    expect(filesWith(/\bcreateQueryRunner\(/)).toEqual(['platform/database/schema-difference.ts']);
  });

  it.each([
    ['uses a repository', 'this.things.find()'],
    ['begins another transaction', 'this.dataSource.transaction(async (inner) => {})'],
    ['calls what asks', 'this.list()'],
    ['calls what calls what asks', 'this.other.count()'],
    ['leaves an optional tx out', 'this.find(id)'],
  ])('a transaction that %s would be found', (_, ask) => {
    const text = `
      export class Things {
        private readonly kept: LiveCache<Thing>;
        constructor(private readonly things: Repository<Thing>, private readonly dataSource: GatehouseDataSource,
          private readonly other: Others) {}
        find(id: string, tx?: EntityManager) { return (tx?.getRepository(Thing) ?? this.things).find(id); }
        list() { return this.kept.get('all'); }
        fine(tx: EntityManager, id: string) { return this.find(id, tx); }
        change(id: string) {
          return this.dataSource.transaction(async (tx) => { await this.fine(tx, id); await ${ask}; });
        }
      }
      export class Others {
        constructor(private readonly things: Things) {}
        count() { return this.things.list(); }
      }`;
    const [place, ...others] = new AsksOfThePool([{ name: 'things.ts', text }]).places();
    expect(place).toContain('things.ts:10');
    expect(others).toEqual([]);
  });

  it('puts text into a statement as it is only for columns of entities and constants [ASVS 1.2.4]', () => {
    expect(filesWith(/\braw\b.* from 'sql-template-tag'/)).toEqual([
      'auth/principals.service.ts',
      'platform/database/entity-columns.ts',
      'users/usernames.ts',
    ]);
    expect(found(/\braw\(([^)]*)\)?/g)).toEqual([
      'ROLES_OF_USER',
      'PERMISSIONS_OF_USER',
      "list.join(', '",
      // The alias is a constant of the statement.
      '`${alias}.username`',
      "`COALESCE(NULLIF(${alias}.email, ''",
    ]);
    expect(filesWith(/new Sql\(/)).toEqual([]);
  });

  it('opens sessions in one place, which the documented ways to sign in call [ASVS 6.3.4]', () => {
    expect(filesWith(/INSERT INTO sessions\b|\b(insert|save)\(Session\b/)).toEqual([
      'sessions/sessions.sql.ts',
    ]);
    expect(filesWith(/\bopenSession\(/)).toEqual([
      'auth/sign-in-record.ts',
      'sessions/sessions.sql.ts',
    ]);
    expect(filesWith(/\bSignInRecord\b/)).toEqual([
      'auth/auth.module.ts',
      'auth/login.service.ts',
      'auth/sign-in-record.ts',
    ]);
    expect(filesWith(/\blogin(s|Service)\.complete\(/)).toEqual([
      'auth/auth.controller.ts',
      'federated-login/federated-answers.service.ts',
      'federated-login/federated-sign-in.service.ts',
      'site/accounts/email-links.controller.tsx',
      'site/accounts/login.controller.tsx',
      'site/accounts/reauthentication.controller.tsx',
    ]);
    const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
    for (const path of [
      '/api/auth/login',
      '/accounts/login',
      '/accounts/reauthenticate',
      '/api/auth/federation/:provider/complete',
      '/accounts/federation/:provider/callback',
    ]) {
      expect(page).toContain(`\`${path}\``);
    }
  });
});

describe('what is delivered', () => {
  it('has packages from the registry only, each with its digest [ASVS 15.2.4]', () => {
    const { packages } = JSON.parse(text('package-lock.json')) as {
      packages: Record<string, { resolved?: string; integrity?: string; inBundle?: boolean }>;
    };
    const foreign = Object.entries(packages).filter(
      ([name, { resolved, integrity, inBundle }]) =>
        name !== '' &&
        !inBundle &&
        !(
          (resolved ?? REGISTRY).startsWith(REGISTRY) && /^sha(512|384|256)-/.test(integrity ?? '')
        ),
    );
    expect(Object.keys(packages).length).toBeGreaterThan(300);
    expect(foreign).toEqual([]);
  });

  it('has no package run a script of its own that is not allowed to by name', () => {
    const { packages } = JSON.parse(text('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const { allowScripts, scripts } = JSON.parse(text('package.json')) as {
      allowScripts: Record<string, boolean>;
      scripts: Record<string, string>;
    };
    const asking = Object.keys(packages)
      .filter((path) => packages[path]!.hasInstallScript)
      .map((path) => path.split('node_modules/').at(-1)!);
    expect(Object.keys(allowScripts).toSorted()).toEqual([...new Set(asking)].toSorted());
    const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
    const list = /^npm rebuild \$\((.*)\)$/.exec(scripts['rebuild:allowed']!)![1]!;
    const printed = execFileSync('sh', ['-c', list], { cwd: ROOT, encoding: 'utf8' });
    expect(printed.trim()).toBe(allowed.join(' '));
    // npm reads allowScripts from version 11 on only; these ask an older one in the same way.
    for (const file of ['Dockerfile', '.github/workflows/ci.yml']) {
      const installs = text(file).match(/npm (ci|install|i)\b.*/g)!;
      expect(installs[0]).toMatch(/^npm ci --ignore-scripts\b.* && npm run rebuild:allowed$/);
      for (const install of installs) expect(install).toContain(' --ignore-scripts ');
      const prunes = text(file).match(/npm prune\b[^&\n]*/g) ?? [];
      for (const prune of prunes) expect(prune).toContain('--ignore-scripts');
    }
  });

  it('is an image of nothing but what runs: no repository, no tests, no secrets [ASVS 13.4.1, 15.2.3]', () => {
    const image = text('Dockerfile');
    const copied = [...image.matchAll(/^COPY (?!--from=build )(.*) \S+$/gm)].flatMap(([, from]) =>
      from!.split(' '),
    );
    // What is copied is let in, and nothing else is.
    const [first, ...rest] = text('.dockerignore').trim().split('\n');
    expect(first).toBe('*');
    expect(rest).toEqual([...copied.map((path) => `!${path}`), '**/*.spec.ts']);
    for (const path of copied) expect(existsSync(join(ROOT, path))).toBe(true);
    expect(copied).toEqual(expect.arrayContaining(['package-lock.json', 'src', 'migrations']));
    expect(copied.filter((path) => /^(\.|test|docs|bench)/.test(path))).toEqual([]);
    // What is delivered of that is what was built, and the packages that it needs.
    const delivered = [...image.matchAll(/^COPY --from=build (\S+) \S+$/gm)].map(
      ([, path]) => path,
    );
    expect(delivered).toEqual(['/app/package.json', '/app/node_modules', '/app/dist']);
    expect(image).toMatch(/^RUN npm run build && npm prune --omit=dev /m);
    expect(image).not.toMatch(/APP_SECRET|PASSWORD|^ADD /m);
    expect(image).toMatch(/^USER node$/m);
  });

  it('runs on versions that are looked after, which one file each names', () => {
    const images = [...text('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, name]) => name);
    expect(new Set(images)).toEqual(new Set(['node:24-bookworm-slim']));
    // From 18 on the folder of data is below this one, and a volume below it would be left empty.
    expect(text('docker-compose.yml')).toMatch(
      /image: postgres:18\b[^]*volumes:\n\s+- database:\/var\/lib\/postgresql\n/,
    );
    const { extends: presets } = JSON.parse(text('renovate.json')) as { extends: string[] };
    // Pins the digests of images and of actions, among others.
    expect(presets).toContain('config:best-practices');
  });
});

describe('what is sealed', () => {
  it('never has the nonce of something else [ASVS 11.3.4]', () => {
    const key = deriveKey('x'.repeat(32), 'test');
    const nonces = Array.from({ length: 5_000 }, () => seal(key, 'x', 'y').slice(0, 16));
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});

describe('a mail server on another machine', () => {
  const servers: SMTPServer[] = [];
  afterAll(() => servers.forEach((server) => server.close()));

  /** 127.0.0.2 is this machine under an address that is not known to be it. */
  const send = async (options: object, scheme: string) => {
    // It says that the certificate it brings along is known to everybody, which is why it is used here.
    const warning = jest.spyOn(console, 'error').mockReturnValue();
    const server = new SMTPServer({ authOptional: true, ...options });
    warning.mockRestore();
    servers.push(server);
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.2');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    const transport = await createEmailTransport(`${scheme}://127.0.0.2:${port}`);
    const mail = { from: 'a@example.com', to: 'b@example.com', text: 'x' };
    const outcome = await transport.sendMail(mail).then(
      () => 'sent',
      (error: Error) => error.message,
    );
    transport.close();
    return outcome;
  };

  it('gets nothing without TLS, or with a certificate that nobody vouches for [ASVS 12.3.1, 12.3.2]', async () => {
    expect(await send({ disabledCommands: ['STARTTLS'] }, 'smtp')).toMatch(/STARTTLS|TLS/);
    expect(await send({}, 'smtp')).toMatch(/certificate|self.signed|altnames/i);
    expect(await send({ secure: true }, 'smtps')).toMatch(/certificate|self.signed|altnames/i);
  });
});
