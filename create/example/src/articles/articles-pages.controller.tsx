import { Body, Get } from '@nestjs/common';
import {
  CurrentActor,
  CurrentPage,
  EMPTY_FORM,
  Field,
  Form,
  formAfter,
  type FormState,
  FormPost,
  type PageAnswer,
  PageController,
  type PageContext,
  Public,
  SearchQuery,
  type SignedInActor,
  TextArea,
  validForm,
} from 'gatehouse';
import { CreateArticleDto } from './article-fields.dto.js';
import { ArticlesService } from './articles.service.js';

/** Articles in a browser: a list for everyone, and a form for authors. */
@PageController('articles')
export class ArticlesPagesController {
  constructor(private readonly articles: ArticlesService) {}

  @Public()
  @Get()
  async list(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    const { items } = await this.articles.list(true, new SearchQuery());
    return page.show(
      'Articles',
      <ul>
        {items.map(({ title }) => (
          <li>{title}</li>
        ))}
      </ul>,
    );
  }

  @Get('new')
  form(@CurrentPage() page: PageContext): PageAnswer {
    return show(page, EMPTY_FORM);
  }

  @FormPost('new')
  async create(
    @CurrentPage() page: PageContext,
    @CurrentActor() actor: SignedInActor,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { title, body: text } = body;
    try {
      const draft = await validForm(CreateArticleDto, { title, body: text });
      await this.articles.create(actor, draft);
    } catch (error) {
      return show(page, formAfter(error, body));
    }
    page.addMessage('success', 'The draft is saved.');
    return page.redirect('/articles');
  }
}

function show(page: PageContext, form: FormState): PageAnswer {
  return page.show(
    'New article',
    <Form page={page} action="/articles/new" form={form} class="narrow">
      <Field form={form} name="title" label="Title" input={{ required: true, maxLength: 200 }} />
      <TextArea form={form} name="body" label="Text" required maxLength={50_000} />
      <button type="submit" class="btn btn-primary">
        Save the draft
      </button>
    </Form>,
    form,
  );
}
