import { Module } from '@nestjs/common';
import { AccountModule } from '../../account/account.module.js';
import { AuthModule } from '../../auth/auth.module.js';
import { FederatedLoginModule } from '../../federated-login/federated-login.module.js';
import { FederationModule } from '../../federation/federation.module.js';
import { EmailModule } from '../../platform/email/email.module.js';
import { SessionsModule } from '../../sessions/sessions.module.js';
import { PasswordsModule } from '../../passwords/passwords.module.js';
import { WebModule } from '../kit/web.module.js';
import { DeleteAccountController } from './delete-account.controller.js';
import { EmailChangeController } from './email-change.controller.js';
import { EmailLinksController } from './email-links.controller.js';
import { FederationBeginController } from './federation-begin.controller.js';
import { FederationCallbackController } from './federation-callback.controller.js';
import { IdentitiesController } from './identities.controller.js';
import { LinkPages } from './link-pages.js';
import { LoginController } from './login.controller.js';
import { PasswordChangeController } from './password-change.controller.js';
import { PasswordResetConfirmController } from './password-reset-confirm.controller.js';
import { PasswordResetController } from './password-reset.controller.js';
import { ProfileController } from './profile.controller.js';
import { ReauthenticationController } from './reauthentication.controller.js';
import { RegisterController } from './register.controller.js';
import { SessionsController } from './sessions.controller.js';

/** What people see in a browser. */
@Module({
  imports: [
    WebModule,
    AuthModule,
    AccountModule,
    PasswordsModule,
    FederationModule,
    FederatedLoginModule,
    SessionsModule,
    EmailModule,
  ],
  controllers: [
    RegisterController,
    LoginController,
    ReauthenticationController,
    ProfileController,
    SessionsController,
    PasswordChangeController,
    PasswordResetController,
    PasswordResetConfirmController,
    EmailChangeController,
    EmailLinksController,
    DeleteAccountController,
    FederationBeginController,
    FederationCallbackController,
    IdentitiesController,
  ],
  providers: [LinkPages],
})
export class PagesModule {}
