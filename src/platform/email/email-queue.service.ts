import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan, Not } from 'typeorm';
import { keysetPage } from '../../http/keyset-page.js';
import { mapPage, type Page, type PageQuery } from '../../http/page.js';
import { GatehouseDataSource } from '../database/data-source.js';
import { deleteOld } from '../database/delete-old.js';
import { Metrics } from '../metrics/metrics.service.js';
import { UnknownEmail } from './email-catalogue.js';
import { EmailContents } from './email-contents.js';
import { QueuedEmail } from './queued-email.entity.js';
import { EmailService } from './email.service.js';

/** A mail that was given up. */
export interface FailedEmail {
  id: string;
  to: string;
  template: string;
  createdAt: Date;
  failedAt: Date;
  attempts: number;
  reason: string;
}

/** A mail that was kept instead of being sent. */
export interface KeptEmail {
  id: string;
  to: string;
  subject: string;
  html: string;
  text: string;
  createdAt: Date;
}

/** What became of emails that were to be tried again. */
export interface Retried {
  retried: number;
  /** How many were sealed under another `APP_SECRET`. */
  unreadable: number;
}

const BATCH = 500;

/** What became of the mails, for whoever runs the place. */
@Injectable()
export class EmailQueueService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly email: EmailService,
    private readonly contents: EmailContents,
    metrics: Metrics,
  ) {
    metrics.readFrom('gatehouse_mails', () => this.counts());
    metrics.readFrom('gatehouse_mail_oldest_waiting_seconds', () => this.oldestWaiting());
  }

  /** How many mails are on their way, and how many were given up. */
  async counts(): Promise<{ waiting: number; failed: number }> {
    const [row] = await this.dataSource.query<{ waiting: number; failed: number }[]>(
      `SELECT count(*) FILTER (WHERE failed_at IS NULL)::int AS waiting,
              count(*) FILTER (WHERE failed_at IS NOT NULL)::int AS failed
       FROM mails WHERE delivered_at IS NULL`,
    );
    return row!;
  }

  /** The emails that were given up, oldest first. Throws `AppError` 422 for an invalid cursor. */
  async failed(query: PageQuery): Promise<Page<FailedEmail>> {
    return mapPage(await this.pageWhere('failed_at IS NOT NULL', 'ASC', query), (email) => ({
      id: email.id,
      to: this.contents.recipientOf(email) ?? '(sealed under another APP_SECRET)',
      template: email.template,
      createdAt: email.createdAt,
      failedAt: email.failedAt!,
      attempts: email.attempts,
      reason: email.lastError ?? '',
    }));
  }

  /**
   * Has one email, or all that were given up or wait for another attempt, tried now. One that cannot be read stays as
   * it is: it would only fail again.
   */
  async retry(id?: string): Promise<Retried> {
    const all: Retried = { retried: 0, unreadable: 0 };
    let last: string | undefined;
    for (;;) {
      const emails = await this.dataSource.manager.find(QueuedEmail, {
        select: { id: true, sealedContent: true },
        where: {
          deliveredAt: IsNull(),
          ...(id !== undefined && { id }),
          ...(last !== undefined && { id: MoreThan(last) }),
        },
        order: { id: 'ASC' },
        take: BATCH,
      });
      const readable = emails.filter((email) => this.contents.isReadable(email));
      all.unreadable += emails.length - readable.length;
      all.retried += await this.retryEach(readable.map((email) => email.id));
      if (id !== undefined || emails.length < BATCH) return all;
      last = emails.at(-1)!.id;
    }
  }

  private async retryEach(ids: string[]): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      const [emails] = await tx.query<[{ id: string }[], number]>(
        `UPDATE mails SET failed_at = NULL, queued_at = now()
         WHERE delivered_at IS NULL AND id = ANY($1::uuid[]) RETURNING id`,
        [ids],
      );
      await this.email.enqueue(
        tx,
        emails.map((email) => email.id),
      );
      return emails.length;
    });
  }

  /** The emails that were kept instead of being sent, newest first. Throws `AppError` 422 for an invalid cursor. */
  async kept(query: PageQuery): Promise<Page<KeptEmail>> {
    const page = await this.pageWhere('delivered_at IS NOT NULL', 'DESC', query);
    const opened = await Promise.all(page.items.map((email) => this.open(email)));
    return { ...page, items: opened.filter((email) => email !== null) };
  }

  /** One of them, or null. */
  async findKept(id: string): Promise<KeptEmail | null> {
    const where = { id, deliveredAt: Not(IsNull()) };
    const email = await this.dataSource.manager.findOneBy(QueuedEmail, where);
    return email && (await this.open(email));
  }

  /** Deletes emails that were given up, or put into the mailbox, 30 days ago; returns how many. */
  async purge(): Promise<number> {
    const before = `now() - interval '30 days'`;
    const condition = `failed_at <= ${before} OR delivered_at <= ${before}`;
    return deleteOld(this.dataSource, 'mails', condition);
  }

  private async pageWhere(
    condition: string,
    direction: 'ASC' | 'DESC',
    page: PageQuery,
  ): Promise<Page<QueuedEmail>> {
    const emails = this.dataSource.createQueryBuilder(QueuedEmail, 'm').where(`m.${condition}`);
    return keysetPage(emails, page, {
      name: `emails ${condition}`,
      order: direction === 'ASC' ? ['createdAt', 'id'] : ['-createdAt', '-id'],
    });
  }

  private async oldestWaiting(): Promise<number> {
    const [row] = await this.dataSource.query<{ seconds: number }[]>(
      `SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float8 AS seconds
       FROM mails WHERE delivered_at IS NULL AND failed_at IS NULL`,
    );
    return row!.seconds;
  }

  private async open(email: QueuedEmail): Promise<KeptEmail | null> {
    if (this.contents.recipientOf(email) === null) return null;
    const { id, createdAt } = email;
    try {
      return { id, createdAt, ...(await this.contents.render(email)) };
    } catch (error) {
      // One email that cannot be shown must not hide the others.
      if (!(error instanceof UnknownEmail)) throw error;
      const { message } = error;
      const to = this.contents.recipientOf(email)!;
      return {
        id,
        createdAt,
        to,
        subject: email.template,
        html: `<p>${message}</p>`,
        text: message,
      };
    }
  }
}
