import { Injectable } from '@nestjs/common';
import { SealingKeys } from '../../common/secret-keys.js';
import { boundToId, type SealedColumn } from '../../common/sealed-column.js';
import { Brand } from '../brand/brand.js';
import { AppConfig } from '../config/app-config.js';
import { EmailCatalogue } from './email-catalogue.js';
import { type EmailFrame, frameOf } from './email-frame.js';
import type { QueuedEmail } from './queued-email.entity.js';
import { renderEmail, type RenderedEmail } from './render-email.js';

interface Content {
  to: string;
  data: object;
}

/** Where the contents of emails are sealed. */
export const SEALED_EMAILS: SealedColumn = {
  purpose: 'mails',
  what: 'emails that wait or were given up',
  table: 'mails',
  id: 'id',
  column: 'sealed_content',
  boundTo: [],
  partsOf: boundToId('id', 'sealed_content'),
};

/** What is in a mail that waits: sealed, as its links are secrets. */
@Injectable()
export class EmailContents {
  private readonly keys: SealingKeys;

  constructor(
    private readonly catalogue: EmailCatalogue,
    private readonly brand: Brand,
    private readonly config: AppConfig,
  ) {
    this.keys = new SealingKeys(config, 'mails');
  }

  seal(id: string, content: Content): string {
    return this.keys.seal(JSON.stringify(content), id);
  }

  /** Null when it was sealed under another `APP_SECRET`. */
  recipientOf({ id, sealedContent }: QueuedEmail): string | null {
    try {
      return this.open(id, sealedContent).to;
    } catch {
      return null;
    }
  }

  /** An email ready to be sent or looked at. Throws `UnknownSecret` and `UnknownEmail`. */
  async render({
    id,
    template,
    sealedContent,
  }: QueuedEmail): Promise<RenderedEmail & { to: string }> {
    const { to, data } = this.open(id, sealedContent);
    return { to, ...(await renderEmail(this.catalogue.find(template), data, this.frame)) };
  }

  private get frame(): EmailFrame {
    return frameOf(this.brand, this.config);
  }

  /** Whether an email can be read. */
  isReadable(email: Pick<QueuedEmail, 'id' | 'sealedContent'>): boolean {
    try {
      this.open(email.id, email.sealedContent);
      return true;
    } catch {
      return false;
    }
  }

  private open(id: string, sealedContent: string): Content {
    return JSON.parse(this.keys.open(sealedContent, id, 'This email')) as Content;
  }
}
