import { Module } from '@nestjs/common';
import { ArticlesAdminController } from './articles-admin.controller.js';
import { ArticlesController } from './articles.controller.js';
import { ArticlesPagesController } from './articles-pages.controller.js';
import { ArticlesService } from './articles.service.js';
import { Welcome } from './welcome.js';

/** Articles: written by every user, published by editors. */
@Module({
  controllers: [ArticlesController, ArticlesPagesController, ArticlesAdminController],
  providers: [ArticlesService, Welcome],
})
export class ArticlesModule {}
