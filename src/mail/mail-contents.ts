import { Injectable } from '@nestjs/common';
import { deriveKey, seal, unseal } from '../common/crypto.js';
import { AppConfig } from '../config/app-config.js';
import type { Mail } from './mail.entity.js';
import { renderMail, type RenderedMail } from './render-mail.js';
import type { MailName } from './templates/mails.js';

interface Content {
  to: string;
  data: object;
}

/** What is in a mail that waits: sealed, as its links are secrets. */
@Injectable()
export class MailContents {
  private readonly key: Buffer;

  constructor({ appSecret }: AppConfig) {
    this.key = deriveKey(appSecret, 'mails');
  }

  seal(id: string, content: Content): string {
    return seal(this.key, JSON.stringify(content), id);
  }

  /** Null when it was sealed under another `APP_SECRET`. */
  recipientOf({ id, sealedContent }: Mail): string | null {
    try {
      return this.open(id, sealedContent).to;
    } catch {
      return null;
    }
  }

  /** A mail ready to be sent or looked at. Throws when it was sealed under another `APP_SECRET`. */
  async render({ id, template, sealedContent }: Mail): Promise<RenderedMail & { to: string }> {
    const { to, data } = this.open(id, sealedContent);
    return { to, ...(await renderMail(template as MailName, data as never)) };
  }

  private open(id: string, sealedContent: string): Content {
    return JSON.parse(unseal(this.key, sealedContent, id)) as Content;
  }
}
