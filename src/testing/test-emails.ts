import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailContents } from '../platform/email/email-contents.js';
import { QueuedEmail } from '../platform/email/queued-email.entity.js';

const PAUSE = 20;
const ATTEMPTS = 250;

/** An email that would have been sent. */
export interface TestEmail {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The addresses in its text. Those of this application are paths, which `app.http` and a visitor can open. */
  links: string[];
}

/**
 * The emails that an application under test would have sent.
 *
 * ```ts
 * await app.http.post('/api/account/password/reset', { email: 'ann@example.com' });
 * const { subject, links } = await app.emails.next('ann@example.com');
 * ```
 */
export class TestEmails {
  private readonly seen = new Set<string>();

  constructor(private readonly nest: INestApplicationContext) {}

  /** Every email so far, the first one first. */
  async all(): Promise<TestEmail[]> {
    return (await this.read()).map(({ email }) => email);
  }

  /**
   * Waits for an email that this method has not returned before. Throws after five seconds.
   * @param to its recipient; anyone if not given
   */
  async next(to?: string): Promise<TestEmail> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = (await this.read()).find(
        ({ id, email }) => !this.seen.has(id) && (to === undefined || email.to === to),
      );
      if (found) {
        this.seen.add(found.id);
        return found.email;
      }
      await sleep(PAUSE);
    }
    throw new Error(`No email to ${to ?? 'anyone'} was sent.`);
  }

  private async read(): Promise<{ id: string; email: TestEmail }[]> {
    const rows = await this.nest
      .get(GatehouseDataSource)
      .getRepository(QueuedEmail)
      .find({
        order: { createdAt: 'ASC' },
      });
    const contents = this.nest.get(EmailContents, { strict: false });
    const { publicUrl } = this.nest.get(AppConfig);
    return Promise.all(
      rows.map(async (row) => {
        const { to, subject, text, html } = await contents.render(row);
        const links = [...text.matchAll(/https?:\/\/[^\s<>\]]+/g)].map(([link]) =>
          link.startsWith(`${publicUrl}/`) ? link.slice(publicUrl.length) : link,
        );
        return { id: row.id, email: { to, subject, text, html, links } };
      }),
    );
  }
}
