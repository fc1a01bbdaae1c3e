import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Transporter } from 'nodemailer';
import { type EntityManager, IsNull } from 'typeorm';
import { Brand } from '../brand/brand.js';
import { AppConfig } from '../config/app-config.js';
import { GatehouseDataSource } from '../database/data-source.js';
import { Metrics } from '../metrics/metrics.service.js';
import { JobRunner } from '../jobs/job-runner.js';
import { EmailContents } from './email-contents.js';
import { createEmailTransport, isRefused } from './email-transport.js';
import { QueuedEmail } from './queued-email.entity.js';
import { EmailService } from './email.service.js';

const GIVE_UP_AFTER = '72 hours';
const MAX_REASON_LENGTH = 500;

/**
 * Hands waiting mails over to the mail server, or to the mailbox page where there is none. A mail that
 * is refused, or that nobody took for three days, is given up and stays visible.
 */
@Injectable()
export class EmailDeliveryService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Mail');
  private transport: Promise<Transporter> | undefined;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly config: AppConfig,
    private readonly brand: Brand,
    private readonly email: EmailService,
    private readonly contents: EmailContents,
    private readonly runner: JobRunner,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    if (!this.email.isOn) {
      this.logger.warn(
        'Without SMTP_URL no mail is sent: no proof of addresses, no password reset, no change of address, no notices.',
      );
    }
    this.runner.handleJob('send-mail', ({ id }: { id: string }) => this.deliver(id));
  }

  async onApplicationShutdown(): Promise<void> {
    (await this.transport)?.close();
  }

  /**
   * Throws when it is to be tried again. Only one process hands a mail over at a time. Between the server's
   * "250" and our note of it lies the only way to send twice.
   */
  private async deliver(id: string): Promise<void> {
    await this.runner.runExclusively(id, () => this.deliverAlone(this.dataSource.manager, id));
  }

  private async deliverAlone(db: EntityManager, id: string): Promise<void> {
    const email = await db.findOneBy(QueuedEmail, {
      id,
      failedAt: IsNull(),
      deliveredAt: IsNull(),
    });
    if (!email) return;
    const { smtpUrl } = this.config;
    if (!smtpUrl) {
      await db.update(QueuedEmail, { id }, { deliveredAt: () => 'now()' });
      return;
    }
    try {
      this.transport ??= createEmailTransport(smtpUrl);
      await this.handOver(await this.transport, email);
    } catch (error) {
      await this.noteFailure(db, email, error);
      return;
    }
    this.metrics.count('gatehouse_mail_attempts_total', { result: 'sent' });
    await db.delete(QueuedEmail, { id });
  }

  private async handOver(transport: Transporter, email: QueuedEmail): Promise<void> {
    const { to, subject, html, text } = await this.contents.render(email);
    await transport.sendMail({
      from: this.config.emailFrom ?? {
        name: this.brand.name,
        address: `no-reply@${new URL(this.config.publicUrl).hostname}`,
      },
      // As an object it is one address, whatever is in it (ATTACKS A47).
      to: { name: '', address: to },
      subject,
      html,
      text,
      messageId: email.messageId,
      date: email.createdAt,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  }

  private async noteFailure(db: EntityManager, email: QueuedEmail, error: unknown): Promise<void> {
    const reason = (error instanceof Error ? error.message : String(error))
      .replaceAll(/\s+/g, ' ')
      // Servers like to repeat the address, which is nobody's business in a log.
      .replaceAll(/\S+@\S+/g, '<address>')
      .slice(0, MAX_REASON_LENGTH);
    const [[noted]] = await db.query<[[{ isFinal: boolean }?], number]>(
      `UPDATE mails SET attempts = attempts + 1, last_error = $2,
         failed_at = CASE WHEN $3 OR queued_at <= now() - interval '${GIVE_UP_AFTER}' THEN now() END
       WHERE id = $1 RETURNING failed_at IS NOT NULL AS "isFinal"`,
      [email.id, reason, isRefused(error)],
    );
    if (!noted) return;
    const { isFinal } = noted;
    const result = isFinal ? 'given_up' : 'deferred';
    this.metrics.count('gatehouse_mail_attempts_total', { result });
    if (!isFinal) throw new Error(reason);
    this.logger.error(`Gave up mail ${email.id}: ${reason}`);
  }
}
