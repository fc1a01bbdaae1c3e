import { Get, Query } from '@nestjs/common';
import { RequirePermissions } from '../../access/access.decorators.js';
import { AdminSection } from '../../access/admin-section.decorator.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { holds } from '../../access/principal.js';
import { EmailQueueService, type Retried } from '../../platform/email/email-queue.service.js';
import { EMAILS } from '../../platform/email/emails.permissions.js';
import { FormPost } from '../kit/form-post.guard.js';
import { Long } from '../kit/long.js';
import { PostButton } from '../kit/forms.js';
import { NextPage, pageAskedFor } from '../kit/next-page.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Time } from '../kit/time.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';

const PATH = '/admin/mail';

/** Mails that could not be delivered, and having them tried again. */
@AdminSection({ path: PATH, title: 'Mail', permission: EMAILS.view, order: 60 })
@PageController(PATH)
export class EmailQueueController {
  constructor(private readonly emails: EmailQueueService) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { waiting, failed } = await this.emails.counts();
    const asked = await pageAskedFor(query);
    const { items: emails, nextCursor } = await this.emails.failed(asked);
    const mayRetry = holds(page.user, EMAILS.retry);
    return showAdmin(page, {
      title: 'Mail',
      at: PATH,
      children: (
        <>
          <p>
            {waiting === 1 ? '1 mail is' : `${waiting} mails are`} on the way. {failed} were given
            up.
          </p>
          {mayRetry && waiting + failed > 0 && (
            <p>
              <PostButton page={page} action={`${PATH}/retry`} class="btn btn-outline-primary">
                Try all again now
              </PostButton>
            </p>
          )}
          {emails.length > 0 && (
            <Table label="Mails" headings={['To', 'About', 'Written', 'Given up', 'Why', 'Again']}>
              {emails.map(({ id, to, template, createdAt, failedAt, attempts, reason }) => (
                <tr>
                  <th scope="row">
                    <Long text={to} />
                  </th>
                  <td>{template.replaceAll('_', ' ')}</td>
                  <td class="text-nowrap">
                    <Time at={createdAt} />
                  </td>
                  <td class="text-nowrap">
                    <Time at={failedAt} />
                  </td>
                  <td>
                    <Long text={reason} />
                    <div class="small text-body-secondary">
                      {attempts === 1 ? '1 attempt' : `${attempts} attempts`}
                    </div>
                  </td>
                  <td>
                    {mayRetry && (
                      <PostButton
                        page={page}
                        action={`${PATH}/${id}/retry`}
                        class="btn btn-sm btn-outline-secondary"
                        label={`Try again: the mail to ${to}`}
                      >
                        Try again
                      </PostButton>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )}
          <NextPage path={PATH} isFirst={asked.cursor === undefined} nextCursor={nextCursor} />
        </>
      ),
    });
  }

  @RequirePermissions(EMAILS.retry)
  @FormPost('retry')
  async retryAll(@CurrentPage() page: PageContext): Promise<PageAnswer> {
    addRetriedMessage(page, await this.emails.retry());
    return page.redirect(PATH);
  }

  @RequirePermissions(EMAILS.retry)
  @FormPost(':id/retry')
  async retry(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    addRetriedMessage(page, await this.emails.retry(id));
    return page.redirect(PATH);
  }
}

function addRetriedMessage(page: PageContext, { retried: count, unreadable }: Retried): void {
  if (unreadable > 0) {
    page.addMessage(
      'error',
      `${unreadable === 1 ? '1 mail' : `${unreadable} mails`} cannot be read: encrypted under another APP_SECRET. Tell the operator of this site.`,
    );
    if (count === 0) return;
  }
  if (count === 0) page.addMessage('info', 'There is no such mail any more.');
  else
    page.addMessage('success', `${count === 1 ? '1 mail is' : `${count} mails are`} tried again.`);
}
