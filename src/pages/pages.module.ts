import { type DynamicModule, Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { MailModule } from '../mail/mail.module.js';
import { EmailLinksController } from './email-links.controller.js';
import { FormPostGuard } from './form-post.guard.js';
import { LinkCookie } from './link-cookie.js';
import { LinkPages } from './link-pages.js';
import { MailboxController } from './mailbox.controller.js';
import { PasswordResetController } from './password-reset.controller.js';

/** What people see in a browser. */
@Module({
  imports: [AccountModule, MailModule],
  controllers: [EmailLinksController, PasswordResetController],
  providers: [LinkCookie, LinkPages, FormPostGuard],
  exports: [FormPostGuard],
})
export class PagesModule {
  /** @param mailbox whether mails that are not sent can be looked at */
  static forRoot({ mailbox }: { mailbox: boolean }): DynamicModule {
    return { module: PagesModule, controllers: mailbox ? [MailboxController] : [] };
  }
}
