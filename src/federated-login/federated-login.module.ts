import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { FederationModule } from '../federation/federation.module.js';
import { EmailModule } from '../platform/email/email.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ThrottlingModule } from '../platform/throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountIdentitiesController } from './account-identities.controller.js';
import { AccountIdentitiesService } from './account-identities.service.js';
import { AllowedRedirectUris } from './allowed-redirect-uris.js';
import { FederatedAccountsService } from './federated-accounts.service.js';
import { FederatedConfirmationService } from './federated-confirmation.service.js';
import { FederatedAnswersService } from './federated-answers.service.js';
import { FederatedReauthenticationService } from './federated-reauthentication.service.js';
import { FederatedSignInService } from './federated-sign-in.service.js';
import { FederationController } from './federation.controller.js';
import { IdentityLinks } from './identity-links.js';

/** Signing in with other providers of identities. */
@Module({
  imports: [
    ThrottlingModule,
    MetricsModule,
    EmailModule,
    UsersModule,
    AuditModule,
    FederationModule,
    SessionsModule,
    AuthModule,
    AccountModule,
  ],
  controllers: [FederationController, AccountIdentitiesController],
  providers: [
    AllowedRedirectUris,
    IdentityLinks,
    FederatedAccountsService,
    FederatedConfirmationService,
    FederatedSignInService,
    FederatedReauthenticationService,
    AccountIdentitiesService,
    FederatedAnswersService,
  ],
  exports: [
    FederatedSignInService,
    FederatedReauthenticationService,
    AccountIdentitiesService,
    FederatedAnswersService,
  ],
})
export class FederatedLoginModule {}
