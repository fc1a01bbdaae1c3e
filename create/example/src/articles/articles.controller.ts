import { Body, Controller, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  ApiPage,
  ApiProblems,
  BodyLimit,
  CurrentActor,
  CurrentUser,
  IdParam,
  mapPage,
  type Page,
  type Principal,
  Public,
  RequirePermissions,
  Roles,
  SearchQuery,
  type SignedInActor,
} from 'gatehouse';
import { CreateArticleDto, EditArticleDto } from './article-fields.dto.js';
import { ArticleDto } from './article.dto.js';
import { ARTICLES } from './articles.permissions.js';
import { ARTICLE_PROBLEMS } from './articles.problems.js';
import { ArticlesService } from './articles.service.js';

@ApiTags('Articles')
@Controller('api/articles')
export class ArticlesController {
  constructor(private readonly articles: ArticlesService) {}

  /** Published articles, newest first. */
  @Public()
  @Get()
  @ApiPage(ArticleDto)
  async list(@Query() query: SearchQuery): Promise<Page<ArticleDto>> {
    return mapPage(await this.articles.list(true, query), (one) => ArticleDto.of(one));
  }

  /** The drafts of all authors, newest first. */
  @Roles('editor')
  @Get('drafts')
  @ApiPage(ArticleDto)
  async drafts(@Query() query: SearchQuery): Promise<Page<ArticleDto>> {
    return mapPage(await this.articles.list(false, query), (one) => ArticleDto.of(one));
  }

  /** A published article, or a draft of the caller. */
  @Public({ user: 'optional' })
  @Get(':id')
  @ApiOkResponse({ type: ArticleDto })
  @ApiProblems('not_found')
  async read(
    @CurrentUser() caller: Principal | undefined,
    @IdParam() id: string,
  ): Promise<ArticleDto> {
    return ArticleDto.of(await this.articles.read(id, caller?.userId));
  }

  /** Begin a draft. */
  @BodyLimit('256kb')
  @Post()
  @ApiCreatedResponse({ type: ArticleDto })
  @ApiProblems('too_many_requests')
  async create(
    @CurrentActor() actor: SignedInActor,
    @Body() body: CreateArticleDto,
  ): Promise<ArticleDto> {
    return ArticleDto.of(await this.articles.create(actor, body));
  }

  /** Edit a draft of the caller. */
  @BodyLimit('256kb')
  @Patch(':id')
  @ApiOkResponse({ type: ArticleDto })
  @ApiProblems('not_found', ARTICLE_PROBLEMS.article_locked)
  async edit(
    @CurrentUser('userId') userId: string,
    @IdParam() id: string,
    @Body() body: EditArticleDto,
  ): Promise<ArticleDto> {
    return ArticleDto.of(await this.articles.edit(userId, id, body));
  }

  /** Publish an article of any author. */
  @RequirePermissions(ARTICLES.publish)
  @Post(':id/publish')
  @HttpCode(200)
  @ApiOkResponse({ type: ArticleDto })
  @ApiProblems('not_found')
  async publish(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<ArticleDto> {
    return ArticleDto.of(await this.articles.publish(actor, id));
  }
}
