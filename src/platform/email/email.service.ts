import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../http/app-error.js';
import { AppConfig } from '../config/app-config.js';
import { JobsService } from '../jobs/jobs.service.js';
import type { DeclaredEmail } from './define-emails.js';
import { EmailCatalogue } from './email-catalogue.js';
import { EmailContents } from './email-contents.js';
import { QueuedEmail } from './queued-email.entity.js';
import type { EmailData, EmailName } from './templates/emails.js';

/** Enough for three days, at the pauses of the job runner: each e times longer, up to six hours. */
const MAX_ATTEMPTS = 25;

/** Writes mails to people. They leave when the caller's transaction is committed, and not otherwise. */
@Injectable()
export class EmailService {
  private readonly host: string;

  constructor(
    private readonly config: AppConfig,
    private readonly jobs: JobsService,
    private readonly contents: EmailContents,
    private readonly catalogue: EmailCatalogue,
  ) {
    this.host = new URL(config.publicUrl).hostname;
  }

  /** False in production without `SMTP_URL`: what needs mail is off. */
  get isOn(): boolean {
    return this.config.smtpUrl !== undefined || this.config.environment !== 'production';
  }

  /** Throws `AppError` 403 `mail_disabled` when no mail can be sent. */
  assertOn(): void {
    if (!this.isOn) throw new AppError('mail_disabled');
  }

  /**
   * Sends an email to one address, after the transaction commits. Does nothing when the address is empty, or when no email
   * can be sent.
   *
   * ```ts
   * await this.emails.send(tx, ARTICLE_EMAILS.welcome, user.email, { username: user.username });
   * ```
   * @param email what `defineEmails()` returned, or the name of one of Gatehouse's own
   */
  async send<Data extends object>(
    tx: EntityManager,
    email: DeclaredEmail<Data>,
    to: string,
    data: NoInfer<Data>,
  ): Promise<void>;
  async send<Name extends EmailName>(
    tx: EntityManager,
    email: Name,
    to: string,
    data: EmailData<Name>,
  ): Promise<void>;
  async send(
    tx: EntityManager,
    email: string | DeclaredEmail<object>,
    to: string,
    data: object,
  ): Promise<void> {
    const template = typeof email === 'string' ? email : email.name;
    this.catalogue.find(template);
    if (!this.isOn || to === '') return;
    const id = randomUUID();
    await tx.insert(QueuedEmail, {
      id,
      messageId: `<${id}@${this.host}>`,
      template,
      sealedContent: this.contents.seal(id, { to, data }),
      // By the database's clock, which also decides when an email is given up and deleted.
      createdAt: () => 'now()',
      queuedAt: () => 'now()',
    });
    await this.enqueue(tx, [id]);
  }

  /**
   * Has mails tried, now.
   * @internal
   */
  async enqueue(tx: EntityManager, ids: string[]): Promise<void> {
    const jobs = ids.map((id) => ({ payload: { id }, key: `mail:${id}` }));
    await this.jobs.addJobs(tx, 'send-mail', jobs, { maxAttempts: MAX_ATTEMPTS });
  }

  /** An address of ours in a mail: from `PUBLIC_URL` only, whatever a request says (ATTACKS A44). */
  link(path: string, token?: string): string {
    const url = new URL(this.config.publicUrl + path);
    if (token !== undefined) url.searchParams.set('token', token);
    return url.href;
  }
}
