import type { Article } from './article.entity.js';

/** An article. */
export class ArticleDto {
  id!: string;
  title!: string;
  body!: string;
  isPublished!: boolean;
  authorId!: string;
  createdAt!: Date;

  static of({ id, title, body, isPublished, authorId, createdAt }: Article): ArticleDto {
    return { id, title, body, isPublished, authorId, createdAt };
  }
}
