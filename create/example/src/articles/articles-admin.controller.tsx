import { Get, Query } from '@nestjs/common';
import {
  AdminSection,
  CurrentActor,
  CurrentPage,
  FormPost,
  IdParam,
  NextPage,
  type PageAnswer,
  type PageContext,
  PageController,
  PostButton,
  SearchQuery,
  showAdmin,
  type SignedInActor,
  Table,
} from 'gatehouse';
import { ARTICLES } from './articles.permissions.js';
import { ArticlesService } from './articles.service.js';

const PATH = '/admin/articles';

/** Drafts in the administration, for those who may publish them. */
@AdminSection({ path: PATH, title: 'Articles', permission: ARTICLES.publish })
@PageController(PATH)
export class ArticlesAdminController {
  constructor(private readonly articles: ArticlesService) {}

  @Get()
  async list(@CurrentPage() page: PageContext, @Query() query: SearchQuery): Promise<PageAnswer> {
    const { items, nextCursor } = await this.articles.list(false, query);
    return showAdmin(page, {
      title: 'Articles',
      at: PATH,
      children: (
        <>
          <Table label="Drafts" headings={['Title', '']}>
            {items.map(({ id, title }) => (
              <tr>
                <th scope="row">{title}</th>
                <td>
                  <PostButton page={page} action={`${PATH}/${id}/publish`}>
                    Publish
                  </PostButton>
                </td>
              </tr>
            ))}
          </Table>
          <NextPage path={PATH} isFirst={!query.cursor} nextCursor={nextCursor} />
        </>
      ),
    });
  }

  @FormPost(':id/publish')
  async publish(
    @CurrentPage() page: PageContext,
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
  ): Promise<PageAnswer> {
    await this.articles.publish(actor, id);
    page.addMessage('success', 'The article is published.');
    return page.redirect(PATH);
  }
}
