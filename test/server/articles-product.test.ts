import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { eventually, type TestServer } from '../support/process.js';
import { type Answer, problem } from '../support/http.js';
import { Product } from '../support/product.js';

const ENTITY = `
import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('articles')
export class Article {
  @PrimaryGeneratedColumn('uuid') id;
  @Column('varchar', { length: 200 }) title;
  @Column('text') body;
  @Column('integer') stars;
  @Column('boolean', { default: false }) isAnnounced;
  @Column('integer', { nullable: true }) rank;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt;
}
`;

const MIGRATION = `
export class AddArticles1900000000000 {
  async up(queryRunner) {
    await queryRunner.query(\`
      CREATE TABLE articles (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title varchar(200) NOT NULL, body text NOT NULL,
        stars integer NOT NULL, is_announced boolean NOT NULL DEFAULT false, rank integer,
        created_at timestamptz NOT NULL DEFAULT now())\`);
  }
  async down() {}
}
`;

const AUDIT = `
import { defineAuditActions } from 'gatehouse';
export const ARTICLE_EVENTS = defineAuditActions('article', { written: 'An article was written' });
`;

const JOBS = `
import { defineJobs, jobOf } from 'gatehouse';
export const ARTICLE_JOBS = defineJobs('articles', { announce: jobOf() });
`;

const CONTROLLER = `
import { Body, Controller, Get, Inject, Post, Query } from '@nestjs/common';
import { AuditService, CurrentActor, JobRunner, JobsService, keysetPage, SearchQuery } from 'gatehouse';
import { DataSource } from 'typeorm';
import { Article } from './article.entity.js';
import { ARTICLE_EVENTS } from './article.audit.js';
import { ARTICLE_JOBS } from './article.jobs.js';

@Controller('api/articles')
export class ArticlesController {
  constructor(
    @Inject(DataSource) private readonly dataSource,
    @Inject(AuditService) private readonly audit,
    @Inject(JobsService) private readonly jobs,
    @Inject(JobRunner) private readonly runner,
  ) {}

  onModuleInit() {
    this.runner.handleJobOnce(ARTICLE_JOBS.announce, (tx, { id }) =>
      tx.update(Article, { id }, { isAnnounced: true }));
  }

  @Get()
  list(@Query() query: SearchQuery) {
    const articles = this.dataSource.createQueryBuilder(Article, 'article').where('article.stars > 0');
    return keysetPage(articles, query, { name: 'articles', order: ['-createdAt', '-id'], search: ['title', 'body'] });
  }

  @Get('by-title')
  byTitle(@Query() query: SearchQuery) {
    const articles = this.dataSource.createQueryBuilder(Article, 'article');
    return keysetPage(articles, query, { name: 'articles by title', order: ['title', 'stars', 'id'] }, ({ title }) => title);
  }

  @Get('by-rank')
  byRank(@Query() query: SearchQuery) {
    const articles = this.dataSource.createQueryBuilder(Article, 'article');
    return keysetPage(articles, query, { name: 'articles by rank', order: ['rank', 'id'] });
  }

  @Post()
  async write(@Body() body: object, @CurrentActor() actor) {
    return this.dataSource.transaction(async (tx) => {
      const { id } = await tx.save(Article, tx.create(Article, { title: 'Hinges', body: '', stars: 1 }));
      await this.audit.recordEvent(tx, ARTICLE_EVENTS.written, actor, { type: 'article', id });
      await this.jobs.addJob(tx, ARTICLE_JOBS.announce, { id });
      return { id };
    });
  }
}
`;

const MODULE = `
import { Module } from '@nestjs/common';
import { GatehouseModule } from 'gatehouse';
import { ArticlesController } from './articles.controller.js';

@Module({
  imports: [GatehouseModule.forRoot({ root: import.meta.dirname })],
  controllers: [ArticlesController],
})
export class AppModule {}
`;

const FILES = {
  'src/article.entity.ts': ENTITY,
  'src/article.audit.ts': AUDIT,
  'src/article.jobs.ts': JOBS,
  'src/articles.controller.ts': CONTROLLER,
  'src/app.module.ts': MODULE,
  'migrations/1900000000000-AddArticles.ts': MIGRATION,
};

interface List<Item = { id: string; title: string }> {
  items: Item[];
  nextCursor: string | null;
}

describe('a product with articles', () => {
  let product: Product;
  let server: TestServer;
  let http: TestServer['http'];
  beforeAll(async () => {
    product = await Product.create(FILES);
    server = await product.start();
    ({ http } = await newSession(server.http));
  });
  afterAll(() => product.remove());

  /** Every item of a list, page by page. */
  async function everything<Item>(path: string, limit: number): Promise<Item[]> {
    const found: Item[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body }: Answer<List<Item>> = await http.get<List<Item>>(
        `${path}limit=${limit}${query}`,
      );
      expect(body.items.length).toBeLessThanOrEqual(limit);
      found.push(...body.items);
      cursor = body.nextCursor;
    }
    return found;
  }

  describe('lists by cursor', () => {
    beforeAll(async () => {
      // Five of each time, so that the id decides among them.
      await product.database.sql(
        `INSERT INTO articles (title, body, stars, created_at)
         SELECT CASE n % 3 WHEN 0 THEN 'Ännchen 100%' WHEN 1 THEN repeat('🦆', 200) ELSE 'It''s \\ "quoted"' END,
                'Body ' || n, n % 7, now() - n / 5 * interval '1.000001 s'
         FROM generate_series(1, 50) AS n`,
      );
    });

    it.each([1, 7, 50, 100])('shows each row once, newest first, %i at a time', async (limit) => {
      const shown = await everything<{ id: string }>('/api/articles?', limit);
      const rows = await product.database.sql<{ id: string }>(
        'SELECT id FROM articles WHERE stars > 0 ORDER BY created_at DESC, id DESC',
      );
      expect(shown.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    });

    it('orders by texts and numbers as the database does', async () => {
      const rows = await product.database.sql<{ title: string }>(
        'SELECT title FROM articles ORDER BY title, stars, id',
      );
      expect(await everything('/api/articles/by-title?', 4)).toEqual(
        rows.map(({ title }) => title),
      );
    });

    it.each([
      ['ÄNNCHEN', 'Ännchen 100%'],
      ['0%', 'Ännchen 100%'],
      ['s \\ "', `It's \\ "quoted"`],
      ["It's", `It's \\ "quoted"`],
    ])('finds %s, letter by letter', async (search, title) => {
      const path = `/api/articles?search=${encodeURIComponent(search)}&`;
      const found = await everything<{ title: string }>(path, 3);
      expect(new Set(found.map((one) => one.title))).toEqual(new Set([title]));
    });

    it('searches each of the columns', async () => {
      const { body } = await http.get<List>('/api/articles?search=body%2012');
      expect(body.items).toHaveLength(1);
    });

    it.each(['_', '%%', 'no such text'])('finds nothing for %j', async (search) => {
      const { body } = await http.get<List>(`/api/articles?search=${encodeURIComponent(search)}`);
      expect(body).toEqual({ items: [], nextCursor: null });
    });

    it('refuses cursors of other lists and invented ones', async () => {
      const cursor = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
      const id = '6d0f6d5c-3b0e-4a55-8f3a-2f1f4d0f4c11';
      const { body } = await http.get<List>('/api/articles/by-title?limit=1');
      for (const wrong of [
        body.nextCursor!,
        'x',
        cursor(['articles']),
        cursor(['articles', 'yesterday', id]),
        cursor(['articles', '2026-02-30 00:00:00+00', id]),
        cursor(['articles', '2026-02-03 00:00:00+00', 'x']),
        cursor(['articles', '2026-02-03 00:00:00+00', id, id]),
        cursor(['articles', 1, id]),
      ]) {
        const answer = await http.get(`/api/articles?cursor=${wrong}`);
        expect(problem(answer).errors).toMatchObject([{ code: 'invalid_cursor' }]);
      }
      for (const wrong of [
        cursor(['articles by title', 'x', '1.5', id]),
        cursor(['articles by title', 'x', '9'.repeat(19), id]),
        cursor(['articles by title', '\0', '1', id]),
      ]) {
        const answer = await http.get(`/api/articles/by-title?cursor=${wrong}`);
        expect(problem(answer).errors).toMatchObject([{ code: 'invalid_cursor' }]);
      }
    });

    it('says which column cannot order a list', async () => {
      expect((await http.get('/api/articles/by-rank')).status).toBe(500);
      expect(server.output()).toContain('Article.rank cannot order a list: it may be null.');
    });
  });

  it('records its own actions and does its own jobs, both with the transaction', async () => {
    const { body } = await http.post<{ id: string }>('/api/articles', {});
    const [event] = await product.database.sql<{ action: string }>(
      `SELECT action FROM audit_events WHERE subject_id = '${body.id}'`,
    );
    expect(event).toEqual({ action: 'article.written' });
    await eventually(async () => {
      const [article] = await product.database.sql<{ done: boolean }>(
        `SELECT is_announced AS done FROM articles WHERE id = '${body.id}'`,
      );
      return article!.done;
    }, 'the job is done');
  });

  it('does not start with a job that has no handler', async () => {
    const broken = await Product.create({
      ...FILES,
      'src/late.jobs.ts': JOBS.replaceAll('announce', 'forgotten'),
    });
    const { code, output } = await broken.failToStart();
    await broken.remove();
    expect(code).toBe(1);
    expect(output).toContain(
      'dist/src/late.jobs.js: the job "articles.forgotten" has no handler; register one with handleJob().',
    );
  });
});
