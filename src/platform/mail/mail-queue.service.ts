import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, Not } from 'typeorm';
import {
  decodeCursor,
  encodeCursor,
  mapPage,
  type Page,
  pageOf,
  type PageQuery,
} from '../../http/page.js';
import { isTimeAndId } from '../../http/page-position.js';
import { deleteOld } from '../database/delete-old.js';
import { Metrics } from '../metrics/metrics.service.js';
import { MailContents } from './mail-contents.js';
import { Mail } from './mail.entity.js';
import { MailService } from './mail.service.js';

/** A mail that was given up. */
export interface FailedMail {
  id: string;
  to: string;
  template: string;
  createdAt: Date;
  failedAt: Date;
  attempts: number;
  reason: string;
}

/** A mail that was kept instead of being sent. */
export interface KeptMail {
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
export class MailQueueService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly mail: MailService,
    private readonly contents: MailContents,
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
  async failed(query: PageQuery): Promise<Page<FailedMail>> {
    return mapPage(await this.pageWhere('failed_at IS NOT NULL', 'ASC', query), (mail) => ({
      id: mail.id,
      to: this.contents.recipientOf(mail) ?? '(sealed under another APP_SECRET)',
      template: mail.template,
      createdAt: mail.createdAt,
      failedAt: mail.failedAt!,
      attempts: mail.attempts,
      reason: mail.lastError ?? '',
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
      const mails = await this.dataSource.manager.find(Mail, {
        select: { id: true, sealedContent: true },
        where: {
          deliveredAt: IsNull(),
          ...(id !== undefined && { id }),
          ...(last !== undefined && { id: MoreThan(last) }),
        },
        order: { id: 'ASC' },
        take: BATCH,
      });
      const readable = mails.filter((mail) => this.contents.isReadable(mail));
      all.unreadable += mails.length - readable.length;
      all.retried += await this.retryEach(readable.map((mail) => mail.id));
      if (id !== undefined || mails.length < BATCH) return all;
      last = mails.at(-1)!.id;
    }
  }

  private async retryEach(ids: string[]): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      const [mails] = await tx.query<[{ id: string }[], number]>(
        `UPDATE mails SET failed_at = NULL, queued_at = now()
         WHERE delivered_at IS NULL AND id = ANY($1::uuid[]) RETURNING id`,
        [ids],
      );
      await this.mail.enqueue(
        tx,
        mails.map((mail) => mail.id),
      );
      return mails.length;
    });
  }

  /** The emails that were kept instead of being sent, newest first. Throws `AppError` 422 for an invalid cursor. */
  async kept(query: PageQuery): Promise<Page<KeptMail>> {
    const page = await this.pageWhere('delivered_at IS NOT NULL', 'DESC', query);
    const opened = await Promise.all(page.items.map((mail) => this.open(mail)));
    return { ...page, items: opened.filter((mail) => mail !== null) };
  }

  /** One of them, or null. */
  async findKept(id: string): Promise<KeptMail | null> {
    const where = { id, deliveredAt: Not(IsNull()) };
    const mail = await this.dataSource.manager.findOneBy(Mail, where);
    return mail && (await this.open(mail));
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
    { limit, cursor }: PageQuery,
  ): Promise<Page<Mail>> {
    const list = `emails ${condition}`;
    const query = this.dataSource
      .createQueryBuilder(Mail, 'm')
      .addSelect('m.created_at::text', 'position')
      .where(`m.${condition}`)
      .orderBy('m.created_at', direction)
      .addOrderBy('m.id', direction)
      .limit(limit + 1);
    if (cursor !== undefined) {
      const [position, id] = decodeCursor(cursor, list, isTimeAndId);
      const order = direction === 'ASC' ? '>' : '<';
      query.andWhere(`(m.created_at, m.id) ${order} (:position::timestamptz, :id::uuid)`, {
        position,
        id,
      });
    }
    const { entities, raw } = await query.getRawAndEntities<{ position: string }>();
    return pageOf(
      entities.map((mail, i) => ({ mail, position: raw[i]!.position })),
      limit,
      ({ mail, position }) => encodeCursor(list, [position, mail.id]),
      ({ mail }) => mail,
    );
  }

  private async oldestWaiting(): Promise<number> {
    const [row] = await this.dataSource.query<{ seconds: number }[]>(
      `SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float8 AS seconds
       FROM mails WHERE delivered_at IS NULL AND failed_at IS NULL`,
    );
    return row!.seconds;
  }

  private async open(mail: Mail): Promise<KeptMail | null> {
    if (this.contents.recipientOf(mail) === null) return null;
    return { id: mail.id, createdAt: mail.createdAt, ...(await this.contents.render(mail)) };
  }
}
