import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../common/access.decorators.js';
import { AppError } from '../common/app-error.js';
import { IdParam } from '../common/id-param.decorator.js';
import { type KeptMail, MailQueueService } from '../mail/mail-queue.service.js';
import { sendPage } from './send-page.js';

/** The mails that would have been sent, for whoever develops. Not there in production. */
@ApiExcludeController()
@Public()
@Controller('dev/mailbox')
export class MailboxController {
  constructor(private readonly mails: MailQueueService) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const mails = await this.mails.kept();
    sendPage(
      reply,
      'Mailbox',
      mails.length === 0 ? (
        <p>No mail yet. Whatever Gatehouse sends while SMTP_URL is not set appears here.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>To</th>
              <th>Subject</th>
              <th>Time</th>
            </tr>
          </thead>
          <tbody>
            {mails.map(({ id, to, subject, createdAt }) => (
              <tr>
                <td>{to}</td>
                <td>
                  <a href={`/dev/mailbox/${id}`}>{subject}</a>
                </td>
                <td>{createdAt.toISOString().slice(0, 19).replace('T', ' ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ),
    );
  }

  @Get(':id')
  async show(@Res() reply: FastifyReply, @IdParam() id: string): Promise<void> {
    const { to, subject, text } = await this.find(id);
    sendPage(
      reply,
      subject,
      <>
        <p>
          To {to} · <a href="/dev/mailbox">all mails</a>
        </p>
        <h2>HTML</h2>
        <iframe
          title="The mail as HTML"
          src={`/dev/mailbox/${id}/html`}
          sandbox="allow-top-navigation-by-user-activation"
        />
        <h2>Text</h2>
        <pre>{withLinks(text)}</pre>
      </>,
    );
  }

  /** The mail alone, for the frame: its styles are inline, and nothing else may load. */
  @Get(':id/html')
  async html(@Res() reply: FastifyReply, @IdParam() id: string): Promise<void> {
    const { html } = await this.find(id);
    void reply
      .header(
        'Content-Security-Policy',
        `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
      )
      .header('X-Frame-Options', 'SAMEORIGIN')
      .type('text/html; charset=utf-8')
      .send(html.replace('<head>', '<head><base target="_top">'));
  }

  private async find(id: string): Promise<KeptMail> {
    const mail = await this.mails.findKept(id);
    if (!mail) throw new AppError('not_found');
    return mail;
  }
}

function withLinks(text: string) {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part) => (/^https?:/.test(part) ? <a href={part}>{part}</a> : part));
}
