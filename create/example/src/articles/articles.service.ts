import { Injectable } from '@nestjs/common';
import {
  AppError,
  AuditService,
  keysetPage,
  LimitsService,
  type Page,
  type SearchQuery,
  type SignedInActor,
} from 'gatehouse';
import { DataSource, type EntityManager, type FindOptionsWhere } from 'typeorm';
import type { CreateArticleDto, EditArticleDto } from './article-fields.dto.js';
import { Article } from './article.entity.js';
import { ARTICLE_EVENTS } from './articles.audit.js';
import { ARTICLE_LIMITS } from './articles.limits.js';
import { ARTICLE_PROBLEMS } from './articles.problems.js';

/** Writing, publishing and reading articles. */
@Injectable()
export class ArticlesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
  ) {}

  /** Newest first. */
  async list(isPublished: boolean, query: SearchQuery): Promise<Page<Article>> {
    const articles = this.dataSource.manager
      .createQueryBuilder(Article, 'a')
      .where({ isPublished });
    return keysetPage(articles, query, {
      name: 'articles',
      order: ['-createdAt', '-id'],
      search: ['title'],
    });
  }

  /** Throws `AppError` 404 for a draft of another author: a 403 would reveal it. */
  async read(id: string, callerId: string | undefined): Promise<Article> {
    const article = await this.dataSource.manager.findOneBy(Article, { id });
    if (!article || (!article.isPublished && article.authorId !== callerId)) {
      throw new AppError('not_found');
    }
    return article;
  }

  /** Throws `AppError` 429 for an author who begins too many. */
  async create(actor: SignedInActor, { title, body }: CreateArticleDto): Promise<Article> {
    await this.limits.consume(ARTICLE_LIMITS.drafts, actor);
    const { manager } = this.dataSource;
    const authorId = actor.principal.userId;
    return manager.save(manager.create(Article, { title, body, authorId }));
  }

  /** Throws `AppError` 404 when the author has no such article, and 409 when it is published. */
  async edit(authorId: string, id: string, fields: EditArticleDto): Promise<Article> {
    return this.dataSource.transaction(async (tx) => {
      const article = await this.lock(tx, { id, authorId });
      if (article.isPublished) throw new AppError(ARTICLE_PROBLEMS.article_locked);
      return tx.save(Object.assign(article, fields));
    });
  }

  /** Throws `AppError` 404. Publishing twice is publishing once. */
  async publish(actor: SignedInActor, id: string): Promise<Article> {
    return this.dataSource.transaction(async (tx) => {
      const article = await this.lock(tx, { id });
      if (article.isPublished) return article;
      await this.audit.recordEvent(tx, ARTICLE_EVENTS.published, actor, { type: 'article', id });
      return tx.save(Object.assign(article, { isPublished: true }));
    });
  }

  private async lock(tx: EntityManager, where: FindOptionsWhere<Article>): Promise<Article> {
    const article = await tx.findOne(Article, { where, lock: { mode: 'pessimistic_write' } });
    if (!article) throw new AppError('not_found');
    return article;
  }
}
