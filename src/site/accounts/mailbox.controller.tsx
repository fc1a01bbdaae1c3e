import { Get, Query, UseGuards } from '@nestjs/common';
import { Public } from '../../access/access.decorators.js';
import { AppError } from '../../http/app-error.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { type KeptEmail, EmailQueueService } from '../../platform/email/email-queue.service.js';
import { NextPage, pageAskedFor } from '../kit/next-page.js';
import { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { Time } from '../kit/time.js';
import { MailboxGuard } from './mailbox.guard.js';

/** The mails that would have been sent, for whoever develops. Not there in production. */
@Public()
@UseGuards(MailboxGuard)
@PageController('dev/mailbox')
export class MailboxController {
  constructor(private readonly emails: EmailQueueService) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const asked = await pageAskedFor(query);
    const { items, nextCursor } = await this.emails.kept(asked);
    const isFirst = asked.cursor === undefined;
    if (items.length === 0 && isFirst) {
      return page.show(
        'Mailbox',
        <p>No mail yet. What is sent while SMTP_URL is not set appears here.</p>,
      );
    }
    return page.show(
      'Mailbox',
      <>
        <div class="list-group mb-3">
          {items.map(({ id, to, subject, createdAt }) => (
            <a class="list-group-item list-group-item-action" href={`/dev/mailbox/${id}`}>
              <div class="fw-semibold">{subject}</div>
              <div class="small text-body-secondary">
                {to} · <Time at={createdAt} />
              </div>
            </a>
          ))}
        </div>
        <NextPage path="/dev/mailbox" isFirst={isFirst} nextCursor={nextCursor} />
      </>,
    );
  }

  @Get(':id')
  async show(@CurrentPage() page: PageContext, @IdParam() id: string): Promise<PageAnswer> {
    const { to, subject, text } = await this.find(id);
    return page.show(
      subject,
      <>
        <p>
          To {to} · <a href="/dev/mailbox">All mails</a>
        </p>
        <h2 class="h5">HTML</h2>
        <iframe
          class="mail"
          title="The mail as HTML"
          src={`/dev/mailbox/${id}/html`}
          sandbox="allow-top-navigation-by-user-activation"
        />
        <h2 class="h5 mt-4">Text</h2>
        <pre class="mail">{withLinks(text)}</pre>
      </>,
    );
  }

  /** The mail alone, for the frame: its styles are inline, and nothing else may load. */
  @Get(':id/html')
  async html(@IdParam() id: string): Promise<PageAnswer> {
    const { html } = await this.find(id);
    return PageAnswer.page(html.replace('<head>', '<head><base target="_top">')).with({
      'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'`,
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'SAMEORIGIN',
    });
  }

  private async find(id: string): Promise<KeptEmail> {
    const email = await this.emails.findKept(id);
    if (!email) throw new AppError('not_found');
    return email;
  }
}

function withLinks(text: string) {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part) => (/^https?:/.test(part) ? <a href={part}>{part}</a> : part));
}
