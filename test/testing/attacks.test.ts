import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Attack, AttackKind, AttackOptions } from '../../src/testing/attacks/attack.js';
import type { SignedIn } from '../../src/testing/sign-in.js';
import type { TestApp } from '../../src/testing/test-app.js';
import { built } from '../support/built.js';
import { Product } from '../support/product.js';
import { reporter } from '../support/reported.js';

const { startTestApp } = await built<typeof import('../../src/testing.js')>('src/testing.js');

const KINDS: AttackKind[] = [
  'sample',
  'anonymous',
  'dead credential',
  'missing power',
  'old sign-in',
  'other owner',
  'malformed id',
  'body',
  'wrong type',
  'unknown property',
  'text',
  'size',
  'parallel',
];

const MIGRATION = `
  export class AddArticles1000000000000 {
    up(runner: { query: (sql: string) => Promise<void> }) {
      return runner.query(\`
        CREATE TABLE articles (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL UNIQUE, owner_id uuid NOT NULL);
        CREATE TABLE notes (text jsonb)\`);
    }
  }`;

const PERMISSIONS = `
  import { definePermissions } from 'gatehouse';
  export const ARTICLES = definePermissions('articles', { write: 'Write articles' });`;

/** It does everything right. */
const CAREFUL = `
  import { Body, Controller, Delete, Get, HttpCode, Module, Patch, Post } from '@nestjs/common';
  import { ArrayMaxSize, IsArray, IsBoolean, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
  import { DataSource } from 'typeorm';
  import {
    AppError, CurrentUser, GatehouseModule, IdParam, IfGiven, OneLine, type Principal, Public, RequirePermissions,
    RequireRecentLogin,
  } from 'gatehouse';
  import { ARTICLES } from './articles.permissions.js';

  class ArticleDto {
    @IsString() @OneLine() @MaxLength(200) title!: string;
    @IfGiven() @IsInt() @Min(1) @Max(10) stars?: number;
    @IfGiven() @IsBoolean() isDraft?: boolean;
    @IfGiven() @IsArray() @ArrayMaxSize(5) @IsString({ each: true }) @MaxLength(20, { each: true }) tags?: string[];
  }

  @Controller('api/articles')
  class ArticlesController {
    constructor(private readonly dataSource: DataSource) {}

    @Public()
    @Get()
    async list() {
      return this.dataSource.query('SELECT id, title FROM articles');
    }

    @RequirePermissions(ARTICLES.write)
    @Post()
    async add(@CurrentUser() user: Principal, @Body() { title }: ArticleDto) {
      const text = 'INSERT INTO articles (title, owner_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id';
      const [article] = await this.dataSource.query(text, [title, user.userId]);
      if (!article) throw new AppError('conflict');
      return article;
    }

    @Get(':id')
    async show(@IdParam() id: string) {
      const [article] = await this.dataSource.query('SELECT id, title FROM articles WHERE id = $1', [id]);
      if (!article) throw new AppError('not_found');
      return article;
    }

    @Patch(':id')
    async change(@CurrentUser() user: Principal, @IdParam() id: string, @Body() { title }: ArticleDto) {
      const text = 'UPDATE articles SET title = $3 WHERE id = $1 AND owner_id = $2 RETURNING id';
      const [[article]] = await this.dataSource.query(text, [id, user.userId, title]);
      if (!article) throw new AppError('not_found');
      return article;
    }

    @RequireRecentLogin()
    @Delete(':id')
    @HttpCode(204)
    async remove(@CurrentUser() user: Principal, @IdParam() id: string) {
      const text = 'DELETE FROM articles WHERE id = $1 AND owner_id = $2 RETURNING id';
      const [[article]] = await this.dataSource.query(text, [id, user.userId]);
      if (!article) throw new AppError('not_found');
    }
  }

  @Module({
    imports: [GatehouseModule.forRoot({ root: import.meta.dirname })],
    controllers: [ArticlesController],
  })
  export class AppModule {}`;

/** Each route is careless in its own way. */
const CARELESS = `
  import { Body, Controller, Get, HttpCode, type MiddlewareConsumer, Module, Param, Post } from '@nestjs/common';
  import { HttpAdapterHost } from '@nestjs/core';
  import { IsString } from 'class-validator';
  import { DataSource } from 'typeorm';
  import {
    AppError, CurrentUser, GatehouseModule, type Principal, RequirePermissions, RequireRecentLogin,
  } from 'gatehouse';
  import { ARTICLES } from './articles.permissions.js';

  class TitleDto {
    @IsString() title!: string;
  }

  @Controller('api')
  class CarelessController {
    constructor(private readonly dataSource: DataSource) {}

    /** A middleware answers before any guard. */
    @RequirePermissions(ARTICLES.write)
    @RequireRecentLogin()
    @Get('cached/:id')
    cached() {
      throw new Error('it never comes here');
    }

    /** Takes what there is. */
    @Post('loose')
    async loose(@Body() body: Record<string, unknown>) {
      await this.dataSource.query('INSERT INTO notes VALUES ($1)', [JSON.stringify(body).replaceAll('\\\\u0000', '')]);
      return {};
    }

    /** Looks first, and adds then. */
    @Post('hasty')
    @HttpCode(200)
    async hasty(@CurrentUser() user: Principal, @Body() { title }: TitleDto) {
      const found = await this.dataSource.query('SELECT FROM articles WHERE title = $1', [title]);
      if (found.length > 0) throw new AppError('conflict');
      const text = 'INSERT INTO articles (title, owner_id) VALUES ($1, $2)';
      await this.dataSource.query(text, [title, user.userId]);
    }

    /** Changes first, and refuses then. */
    @Post('eager/:id')
    @HttpCode(204)
    async eager(@CurrentUser() user: Principal, @Param('id') id: string) {
      await this.dataSource.query("INSERT INTO notes VALUES ('{}')");
      const [found] = await this.dataSource.query('SELECT owner_id FROM articles WHERE id::text = $1', [id]);
      if (found?.owner_id !== user.userId) throw new AppError('not_found');
    }

    /** Asks nobody whose it is. */
    @Get('open/:id')
    async open(@Param('id') id: string) {
      const [found] = await this.dataSource.query('SELECT title FROM articles WHERE id::text = $1', [id]);
      if (!found) throw new AppError('not_found');
      return found;
    }

    @Post('unsampled')
    unsampled(@Body() _body: TitleDto) {}
  }

  @Module({
    imports: [GatehouseModule.forRoot({ root: import.meta.dirname })],
    controllers: [CarelessController],
  })
  export class AppModule {
    constructor(private readonly host: HttpAdapterHost) {}

    configure(consumer: MiddlewareConsumer) {
      const cache = (_request: unknown, answer: import('node:http').ServerResponse) => {
        answer.setHeader('content-type', 'application/json').end('{"cached":true}');
      };
      consumer.apply(cache).forRoutes('api/cached/*path');
    }

    onModuleInit() {
      const server = this.host.httpAdapter.getInstance();
      type Done = (error: null, body: unknown) => void;
      const read = (text: string) => {
        try {
          const body = JSON.parse(text);
          return typeof body === 'object' && !Array.isArray(body) && body || { title: 'x' };
        } catch {
          return { title: text };
        }
      };
      const parser = (_request: unknown, text: string, done: Done) => done(null, read(text));
      server.removeContentTypeParser('application/json');
      const options = { parseAs: 'string', bodyLimit: 10_000_000 };
      server.addContentTypeParser(['application/json', '*'], options, parser);
    }
  }`;

let serial = 0;
const newTitle = () => ({ title: `title ${++serial}` });

describe('attacks on the routes of a product', () => {
  let product: Product;
  let app: TestApp;
  const start = async (module: string) => {
    product = await Product.create({
      'src/app.module.ts': module,
      'src/articles.permissions.ts': PERMISSIONS,
      'migrations/1000000000000-AddArticles.ts': MIGRATION,
    });
    app = await startTestApp(`${product.folder}/dist/src/app.module.js`, { logger: reporter });
  };
  const stop = async () => {
    await app.close();
    await product.remove();
  };
  const newArticle = async ({ account }: SignedIn) => {
    const text = 'INSERT INTO articles (title, owner_id) VALUES ($1, $2) RETURNING id';
    const values = [newTitle().title, account.id];
    const [article] = await app.database.sql<{ id: string }>(text, values);
    return article!.id;
  };
  /** What is let through, by the name of the attack. */
  const letThrough = async (attacks: Attack[]) => {
    const failures = new Map<string, Attack & { message: string }>();
    for (const attack of attacks) {
      await attack.run().catch((error: Error) => {
        failures.set(attack.name, { ...attack, message: error.message });
      });
    }
    return failures;
  };

  describe('that are careful', () => {
    beforeAll(() => start(CAREFUL));
    afterAll(stop);

    const OPTIONS: AttackOptions = {
      objects: { '/api/articles/:id': newArticle },
      bodies: {
        'POST /api/articles': () => ({ ...newTitle(), stars: 3, isDraft: true, tags: ['x'] }),
        'PATCH /api/articles/:id': newTitle,
      },
      shared: ['GET /api/articles/:id'],
    };

    it('are all refused, and there is one of each kind', async () => {
      const attacks = app.attacks(OPTIONS);
      const failures = [...(await letThrough(attacks)).values()];
      expect(failures.map(({ message }) => message)).toEqual([]);
      expect(new Set(attacks.map(({ kind }) => kind))).toEqual(new Set(KINDS));
      expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length);
    });

    it('leave out the routes of Gatehouse', () => {
      const routes = new Set(app.attacks(OPTIONS).map(({ route }) => route));
      expect([...routes].filter((route) => !route.includes('/api/articles'))).toEqual([]);
      expect(routes.size).toBe(5);
    });

    it('do not start with an option for a route that there is not', () => {
      const misspelt = {
        bodies: { 'POST /api/artcles': {} },
        objects: { '/api/articles': newArticle },
      };
      expect(() => app.attacks(misspelt)).toThrow(
        'No route of the product is POST /api/artcles, /api/articles.',
      );
    });
  });

  describe('that are careless', () => {
    let failures: Awaited<ReturnType<typeof letThrough>>;
    beforeAll(async () => {
      await start(CARELESS);
      const attacks = app.attacks({
        objects: {
          '/api/cached/:id': newArticle,
          '/api/eager/:id': newArticle,
          '/api/open/:id': newArticle,
        },
        bodies: { 'POST /api/loose': { text: 'x', tags: ['x'] }, 'POST /api/hasty': newTitle },
      });
      failures = await letThrough(attacks);
    });
    afterAll(stop);

    it.each([
      ['anonymous', 'GET /api/cached/:id: refuses a caller who is not signed in'],
      ['dead credential', 'GET /api/cached/:id: refuses an expired access token'],
      [
        'dead credential',
        'GET /api/cached/:id: refuses the token of a session that was signed out',
      ],
      [
        'dead credential',
        'GET /api/cached/:id: refuses the token of an account that was deactivated',
      ],
      [
        'missing power',
        'GET /api/cached/:id: refuses a plain user, and one with everything but articles.write',
      ],
      ['old sign-in', 'GET /api/cached/:id: refuses a user who signed in more than 15 minutes ago'],
      ['malformed id', 'GET /api/cached/:id: answers malformed and unknown ids as ids of nothing'],
      ['other owner', 'GET /api/open/:id: hides the objects of one user from another one'],
      ['other owner', 'POST /api/eager/:id: hides the objects of one user from another one'],
      ['body', 'POST /api/loose: refuses other content types'],
      ['body', 'POST /api/loose: refuses a body that is no JSON object'],
      ['size', 'POST /api/loose: refuses a body above 65536 bytes'],
      ['wrong type', 'POST /api/loose: refuses a value of another type in each property'],
      ['unknown property', 'POST /api/loose: refuses properties that it does not know'],
      ['text', 'POST /api/loose: refuses text with NUL or half a surrogate pair'],
      ['size', 'POST /api/loose: refuses text and lists that are very long'],
      ['size', 'POST /api/hasty: refuses text and lists that are very long'],
      ['parallel', 'POST /api/hasty: answers 14 equal requests at once'],
      ['sample', 'POST /api/unsampled: accepts the request that all attacks begin with'],
    ])('let through: %s, %s', (kind, name) => {
      expect(failures.get(name)).toMatchObject({ kind });
    });

    it('are not called careless where they are not', () => {
      const names = [...failures.keys()];
      expect(names.filter((name) => name.startsWith('GET /api/open'))).toHaveLength(1);
      expect(names.filter((name) => name.startsWith('POST /api/eager'))).toHaveLength(2);
    });

    it('are told what they changed, and what to hand in', () => {
      const messageOf = (name: string) => failures.get(name)!.message;
      expect(messageOf('POST /api/eager/:id: hides the objects of one user from another one')).toBe(
        'POST /api/eager/:id refused another user, but changed notes.',
      );
      expect(
        messageOf('POST /api/unsampled: accepts the request that all attacks begin with'),
      ).toContain(`bodies: { 'POST /api/unsampled': { … } }`);
      expect(
        messageOf('GET /api/open/:id: hides the objects of one user from another one'),
      ).toMatch(/^GET \/api\/open\/:id answered another user with 200, not 404 or 403: \{"title"/);
    });
  });
});
