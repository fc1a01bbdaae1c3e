import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { EMAILS as OUR_EMAILS } from '../../src/platform/email/templates/emails.js';
import { built } from '../support/built.js';
import { Product } from '../support/product.js';

/** A file, its text after the import, and the sentence that follows the name of the file. */
type Row = [file: string, code: string, sentence: string];

const PROBLEMS: Row[] = [
  [
    'articles.problems.ts',
    `export const A = defineProblems({ not_found: { status: 404, detail: 'There is no article.' } });`,
    'Gatehouse itself has the problem "not_found"; choose another code.',
  ],
  [
    'articles.problems.ts',
    `export const A = defineProblems({ articleLocked: { status: 409, detail: 'It is locked.' } });`,
    '"articleLocked" is no code of a problem; name it in snake_case, such as article_locked.',
  ],
  [
    'articles.problems.ts',
    `export const A = defineProblems({ article_locked: { status: 200, detail: 'It is locked.' } });`,
    'the status of the problem "article_locked" is 200; it must be from 400 to 599.',
  ],
  [
    'articles.problems.ts',
    `export const A = defineProblems({ article_locked: { status: 409, detail: ' ' } });`,
    'the problem "article_locked" has no detail; say in a sentence what happened.',
  ],
  [
    'articles.problems.ts',
    `defineProblems({ article_locked: { status: 409, detail: 'It is locked.' } });`,
    'it exports nothing that defineProblems() returned.',
  ],
];

const JOBS: Row[] = [
  [
    'articles.jobs.ts',
    `export const A = defineJobs('articles', { Announce: {} });`,
    '"articles.Announce" is no job; name it feature.job, in lower case, with at most 128 characters.',
  ],
  [
    'articles.jobs.ts',
    `export const A = defineJobs('articles', { announce: {} });
     export const B = defineJobs('articles', { announce: {} });`,
    'the job "articles.announce" is also defined in articles.jobs.js.',
  ],
];

const AUDIT: Row[] = [
  [
    'articles.audit.ts',
    `export const A = defineAuditActions('user', { signed_in: 'A reader signed in' });`,
    'Gatehouse itself has the audit action "user.signed_in"; choose another name.',
  ],
  [
    'articles.audit.ts',
    `export const A = defineAuditActions('article', { isPublished: 'An article was published' });`,
    '"article.isPublished" is no audit action; name it thing.happened, in lower case, with at most 60 characters.',
  ],
  [
    'articles.audit.ts',
    `export const A = defineAuditActions('article', { published: '' });`,
    'the audit action "article.published" has no meaning; say in a sentence what happened.',
  ],
];

const PERMISSIONS: Row[] = [
  [
    'articles.permissions.ts',
    `export const A = definePermissions('users', { view: 'See users' });`,
    'the permission "users.view" is also defined in src/permissions/users.permissions.js.',
  ],
  [
    'articles.permissions.ts',
    `export const A = definePermissions('Articles', { publish: 'Publish articles' });`,
    '"Articles.publish" is no permission; name it resource.action, in lower case, with at most 100 characters.',
  ],
  [
    'articles.permissions.ts',
    `export const A = definePermissions('articles', { publish: '' });`,
    'the description of the permission "articles.publish" must have 1 to 255 characters.',
  ],
  [
    'articles.permissions.ts',
    `export const A = definePermissions('articles', { publish: 'Publish' }, { roles: { admin: ['publish'] } });`,
    'the role "admin" holds every permission anyway; leave it out.',
  ],
  [
    'articles.permissions.ts',
    `export const A = definePermissions('articles', { publish: 'Publish' }, { roles: { editor: ['edit'] } });`,
    'the role "editor" gets "articles.edit", which the same call does not define.',
  ],
  [
    'articles.permissions.ts',
    `export const A = definePermissions('articles', { publish: 'Publish' }, { roles: { ' editor': ['publish'] } });`,
    '" editor" is no name of a role; it must be one line, without spaces around it.',
  ],
  [
    'articles.permissions.ts',
    `export const A = definePermissions('articles', { publish: 'Publish' }, { roles: { ADMlN: ['publish'] } });`,
    'the role "ADMlN" looks like the role "admin".',
  ],
];

const LIMITS: Row[] = [
  [
    'articles.limits.ts',
    `export const A = defineLimits({ mails_per_ip: { points: 1, per: '1h', by: 'ip', refusal: 'Too many.' } });`,
    'Gatehouse itself has the limit "mails_per_ip"; choose another name, or set its numbers by overrideLimits().',
  ],
  [
    'articles.limits.ts',
    `export const A = defineLimits({ Comments: { points: 1, per: '1h', by: 'ip', refusal: 'Too many.' } });`,
    '"Comments" is no name of a limit; name it in snake_case, with at most 100 characters.',
  ],
  [
    'articles.limits.ts',
    `export const A = defineLimits({ comments: { points: 0, per: '1h', by: 'ip', refusal: 'Too many.' } });`,
    'the points of the limit "comments" must be a whole number from 1 to 999999999.',
  ],
  [
    'articles.limits.ts',
    `export const A = defineLimits({ comments: { points: 1, per: '1 hour', by: 'ip', refusal: 'Too many.' } });`,
    'the time of the limit "comments" must be a whole number with a unit (s, m, h or d), such as 1h.',
  ],
  [
    'articles.limits.ts',
    `export const A = defineLimits({ comments: { points: 1, per: '1h', by: 'browser', refusal: 'Too many.' } });`,
    'the limit "comments" is by "browser"; it must be by account, ip or key.',
  ],
  [
    'articles.limits.ts',
    `export const A = defineLimits({ comments: { points: 1, per: '1h', by: 'ip' } });`,
    'the limit "comments" has no refusal; say in a sentence what there was too much of.',
  ],
  [
    'articles.limits.ts',
    `export const A = overrideLimits({ registrations: { points: 100 } });`,
    '"registrations" is no limit of Gatehouse; docs/limits.md lists them.',
  ],
  [
    'articles.limits.ts',
    `export const A = overrideLimits({ registrations_per_ip: { points: 1.5 } });`,
    'the points of the limit "registrations_per_ip" must be a whole number from 1 to 999999999.',
  ],
];

const EMAILS: Row[] = [
  [
    'articles.emails.tsx',
    `export const A = defineEmails({ invitation: { subject: 'Come', body: () => <p>Come.</p> } });`,
    'Gatehouse itself has the email "invitation"; choose another name, or replace it by replaceEmails().',
  ],
  [
    'articles.emails.tsx',
    `export const A = defineEmails({ 'wel-come': { subject: 'Welcome', body: () => <p>Hi.</p> } });`,
    '"wel-come" is no name of an email; name it in snake_case, with at most 60 characters.',
  ],
  [
    'articles.emails.tsx',
    `export const A = defineEmails({ welcome: { body: () => <p>Hi.</p> } });`,
    'the email "welcome" has no subject.',
  ],
  [
    'articles.emails.tsx',
    `export const A = defineEmails({ welcome: { subject: 'Welcome', body: 'Hi.' } });`,
    'the email "welcome" has no body.',
  ],
  [
    'articles.emails.tsx',
    `export const A = replaceEmails({ welcome: { subject: 'Welcome', body: () => <p>Hi.</p> } });`,
    `"welcome" is no email of Gatehouse; there are ${Object.keys(OUR_EMAILS).join(', ')}.`,
  ],
];

const METRICS: Row[] = [
  [
    'articles.metrics.ts',
    `export const A = defineMetrics({ 'articles-published': { type: 'counter', help: 'Articles' } });`,
    '"articles-published" is no name of a metric; name it in snake_case, such as articles_published_total.',
  ],
  [
    'articles.metrics.ts',
    `export const A = defineMetrics({ gatehouse_articles: { type: 'counter', help: 'Articles' } });`,
    'the metric "gatehouse_articles" begins like one of Gatehouse or of the process; choose another name.',
  ],
  [
    'articles.metrics.ts',
    `export const A = defineMetrics({ articles: { type: 'summary', help: 'Articles' } });`,
    'the type of the metric "articles" is "summary"; it must be counter, gauge or histogram.',
  ],
  [
    'articles.metrics.ts',
    `export const A = defineMetrics({ articles: { type: 'counter', help: ' ' } });`,
    'the metric "articles" has no help.',
  ],
  [
    'articles.metrics.ts',
    `export const A = defineMetrics({ articles: { type: 'histogram', help: 'Articles', labels: ['le'] } });`,
    '"le" is no label of the metric "articles"; name it in snake_case, and not le or quantile.',
  ],
  [
    'articles.metrics.ts',
    `export const A = defineMetrics({ articles: { type: 'gauge', help: 'Articles', labels: ['kind', 'state'] } });`,
    'the gauge "articles" has 2 labels; it can have one.',
  ],
];

const SETTINGS: Row[] = [
  [
    'articles.settings.ts',
    `export class A extends defineSettings({ APP_SECRET: { type: 'text' } }) {}`,
    'Gatehouse itself reads APP_SECRET; choose another name.',
  ],
  [
    'articles.settings.ts',
    `export class A extends defineSettings({ OIDC_SIZE: { type: 'integer' } }) {}`,
    'Gatehouse itself reads OIDC_SIZE; choose another name.',
  ],
  [
    'articles.settings.ts',
    `export class A extends defineSettings({ feedSize: { type: 'integer' } }) {}`,
    '"feedSize" is no name of a setting; name it in capitals, such as DIRECTORY_URL, and not ending in _FILE.',
  ],
  [
    'articles.settings.ts',
    `export class A extends defineSettings({ TOKEN_FILE: { type: 'text' } }) {}`,
    '"TOKEN_FILE" is no name of a setting; name it in capitals, such as DIRECTORY_URL, and not ending in _FILE.',
  ],
  [
    'articles.settings.ts',
    `export class A extends defineSettings({ FEED_SIZE: { type: 'number' } }) {}`,
    'the type of the setting FEED_SIZE is "number"; it must be one of text, url, integer, duration, switch, choice.',
  ],
  [
    'articles.settings.ts',
    `export class A extends defineSettings({ FEED_SIZE: { type: 'integer', max: 10, min: 1, default: '20' } }) {}`,
    'the default of the setting FEED_SIZE must be from 1 to 10.',
  ],
  [
    'articles.settings.ts',
    `export class A extends defineSettings({ TOKEN: { type: 'text', secret: true, default: 'abc' } }) {}`,
    'the setting TOKEN is a secret, which has no default.',
  ],
];

describe('a file of a product that declares what cannot be', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create();
  });
  afterAll(() => product.remove());

  let folders = 0;

  /** What stops a start with these files. */
  async function faultOf(files: Record<string, string>): Promise<string> {
    const { Declarations } = await built<typeof import('../../src/common/declarations.js')>(
      'src/common/declarations.js',
    );
    const { checkDeclarations } = await built<
      typeof import('../../src/checks/check-declarations.js')
    >('src/checks/check-declarations.js');
    const folder = `bad/${++folders}`;
    for (const [name, code] of Object.entries(files)) {
      const maker = /\b(define|override|replace)\w+/.exec(code)![0];
      await product.write({
        [`${folder}/${name}`]: `import { ${maker} } from 'gatehouse';\n${code}`,
      });
    }
    const root = join(product.folder, 'dist', folder);
    const message = await checkDeclarations(new Declarations(root)).then(
      () => 'nothing',
      (error: Error) => `${error.name}: ${error.message}`,
    );
    return message.replaceAll(/\S*dist\/bad\/\d+\//g, '');
  }

  it.each([
    ...PROBLEMS,
    ...JOBS,
    ...AUDIT,
    ...PERMISSIONS,
    ...LIMITS,
    ...EMAILS,
    ...METRICS,
    ...SETTINGS,
  ])('%s: %s', async (file, code, sentence) => {
    expect(await faultOf({ [file]: code })).toBe(
      `DeclarationError: ${file.replace(/tsx?$/, 'js')}: ${sentence}`,
    );
  });

  it('names both files that define the same thing', async () => {
    const code = `export const A = defineProblems({ article_locked: { status: 409, detail: 'Locked.' } });`;
    expect(await faultOf({ 'a.problems.ts': code, 'b.problems.ts': code })).toBe(
      'DeclarationError: b.problems.js: the problem "article_locked" is also defined in a.problems.js.',
    );
  });

  describe('in a product that is run', () => {
    const sentence =
      'dist/src/articles.problems.js: Gatehouse itself has the problem "not_found"; choose another code.';

    beforeAll(async () => {
      const code = `import { defineProblems } from 'gatehouse';
        export const A = defineProblems({ not_found: { status: 404, detail: 'There is none.' } });`;
      await product.write({ 'src/articles.problems.ts': code });
    });

    it('stops the start before anything connects', async () => {
      const nowhere = { DATABASE_URL: 'postgresql://127.0.0.1:1/nowhere' };
      expect(await product.failToStart(nowhere)).toEqual({ code: 1, output: `${sentence}\n` });
    });

    it.each([['check'], ['users list'], ['routes']])('stops the command %s', async (words) => {
      const result = await product.runCommand(...words.split(' '));
      expect(result).toEqual({ code: 1, output: `${sentence}\n` });
    });
  });
});
