import { Injectable } from '@nestjs/common';
import { type AccountEvent, EmailService, OnAccount } from 'gatehouse';
import type { EntityManager } from 'typeorm';
import { ARTICLE_EMAILS } from './articles.emails.js';

/** What happens in this product when something happens to an account. */
@Injectable()
export class Welcome {
  constructor(private readonly emails: EmailService) {}

  /** In the transaction of the registration: there is no account without its email, and no email without it. */
  @OnAccount('registered')
  async sendWelcome({ account }: AccountEvent, tx: EntityManager): Promise<void> {
    const link = this.emails.link('/articles/new');
    const data = { username: account.username, link };
    await this.emails.send(tx, ARTICLE_EMAILS.articles_welcome, account.email, data);
  }
}
