import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { FederationModule } from '../federation/federation.module.js';
import { JobsModule } from '../platform/jobs/jobs.module.js';
import { EmailModule } from '../platform/email/email.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ThrottlingModule } from '../platform/throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountSessionsController } from './account-sessions.controller.js';
import { AccountSessionsService } from './account-sessions.service.js';
import { DeletionService } from './deletion.service.js';
import { EmailChangeService } from './email-change.service.js';
import { EmailConfirmationService } from './email-confirmation.service.js';
import { EmailController } from './email.controller.js';
import { EmailProofService } from './email-proof.service.js';
import { EmailUndoService } from './email-undo.service.js';
import { EmailVerificationService } from './email-verification.service.js';
import { EmailVouchingService } from './email-vouching.service.js';
import { HousekeepingService } from './housekeeping.service.js';
import { InvitationService } from './invitation.service.js';
import { LinkedAccountsService } from './linked-accounts.service.js';
import { LinksController } from './links.controller.js';
import { EmailLimits } from './email-limits.js';
import { MeController } from './me.controller.js';
import { NeverProvenAccounts } from './never-proven-accounts.service.js';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordController } from './password.controller.js';
import { PasswordResetService } from './password-reset.service.js';
import { PasswordSettingService } from './password-setting.service.js';
import { ProfileService } from './profile.service.js';
import { RecoveryService } from './recovery.service.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationService } from './registration.service.js';
import { SuperusersService } from './superusers.service.js';
import { VerificationController } from './verification.controller.js';
import { WaysIn } from './ways-in.js';

@Module({
  imports: [
    JobsModule,
    EmailModule,
    ThrottlingModule,
    UsersModule,
    AuditModule,
    PermissionsModule,
    PasswordsModule,
    OneTimeTokensModule,
    SessionsModule,
    FederationModule,
  ],
  controllers: [
    RegistrationController,
    VerificationController,
    MeController,
    AccountSessionsController,
    PasswordController,
    EmailController,
    LinksController,
  ],
  providers: [
    WaysIn,
    InvitationService,
    RecoveryService,
    LinkedAccountsService,
    EmailLimits,
    RegistrationService,
    ProfileService,
    DeletionService,
    SuperusersService,
    AccountSessionsService,
    PasswordSettingService,
    PasswordChangeService,
    PasswordResetService,
    EmailProofService,
    EmailConfirmationService,
    EmailVerificationService,
    EmailChangeService,
    EmailUndoService,
    EmailVouchingService,
    NeverProvenAccounts,
    HousekeepingService,
  ],
  exports: [
    InvitationService,
    LinkedAccountsService,
    EmailLimits,
    RegistrationService,
    ProfileService,
    DeletionService,
    AccountSessionsService,
    PasswordChangeService,
    EmailChangeService,
    EmailVerificationService,
    SuperusersService,
    PasswordSettingService,
    PasswordResetService,
    EmailProofService,
    EmailConfirmationService,
    EmailUndoService,
    EmailVouchingService,
    HousekeepingService,
  ],
})
export class AccountModule {}
