import { type DynamicModule, Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { MailModule } from '../mail/mail.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { Assets } from './assets.js';
import { AssetsController } from './assets.controller.js';
import { DeleteAccountController } from './delete-account.controller.js';
import { EmailChangeController } from './email-change.controller.js';
import { EmailLinksController } from './email-links.controller.js';
import { FormPostGuard } from './form-post.guard.js';
import { HomeController } from './home.controller.js';
import { LinkPages } from './link-pages.js';
import { LoginController } from './login.controller.js';
import { MailboxController } from './mailbox.controller.js';
import { Messages } from './messages.js';
import { PageAuthGuard } from './page-auth.guard.js';
import { PageContexts } from './page-context.js';
import { PageCookies } from './page-cookies.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageSessionsService } from './page-sessions.service.js';
import { PasswordChangeController } from './password-change.controller.js';
import { PasswordResetController } from './password-reset.controller.js';
import { ProfileController } from './profile.controller.js';
import { RegisterController } from './register.controller.js';
import { SessionsController } from './sessions.controller.js';

/** What people see in a browser. */
@Module({
  imports: [AuthModule, AccountModule, SessionsModule, MailModule],
  controllers: [
    AssetsController,
    HomeController,
    RegisterController,
    LoginController,
    ProfileController,
    SessionsController,
    PasswordChangeController,
    PasswordResetController,
    EmailChangeController,
    EmailLinksController,
    DeleteAccountController,
  ],
  providers: [
    Assets,
    PageCookies,
    Messages,
    PageContexts,
    PageSessionsService,
    PageAuthGuard,
    FormPostGuard,
    PageErrorFilter,
    LinkPages,
  ],
  exports: [PageAuthGuard, FormPostGuard, PageErrorFilter],
})
export class PagesModule {
  /** @param mailbox whether mails that are not sent can be looked at */
  static forRoot({ mailbox }: { mailbox: boolean }): DynamicModule {
    return { module: PagesModule, controllers: mailbox ? [MailboxController] : [] };
  }
}
