import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { FederationModule } from '../federation/federation.module.js';
import { MailModule } from '../mail/mail.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { IdentityProvidersController } from './identity-providers.controller.js';
import { ManagedUsers } from './managed-users.js';
import { OverviewService } from './overview.service.js';
import { ProviderAdministrationService } from './provider-administration.service.js';
import { RoleAdministrationService } from './role-administration.service.js';
import { RoleListService } from './role-list.service.js';
import { RolesController } from './roles.controller.js';
import { SignOutEveryoneService } from './sign-out-everyone.service.js';
import { UserActionsService } from './user-actions.service.js';
import { UserChangeService } from './user-change.service.js';
import { UserCreationService } from './user-creation.service.js';
import { UserDeletionService } from './user-deletion.service.js';
import { UserExportService } from './user-export.service.js';
import { UserListService } from './user-list.service.js';
import { UserOffersService } from './user-offers.service.js';
import { UserPasswordResetService } from './user-password-reset.service.js';
import { UserPresenter } from './user-presenter.js';
import { UserPowersController } from './user-powers.controller.js';
import { UserPowersService } from './user-powers.service.js';
import { UsersController } from './users.controller.js';
import { UserSessionsService } from './user-sessions.service.js';

/** Managing other people's accounts, and roles. */
@Module({
  imports: [
    OneTimeTokensModule,
    MailModule,
    AccountModule,
    UsersModule,
    PermissionsModule,
    SessionsModule,
    AuditModule,
    FederationModule,
  ],
  controllers: [
    UsersController,
    UserPowersController,
    RolesController,
    IdentityProvidersController,
  ],
  providers: [
    ManagedUsers,
    UserPresenter,
    UserListService,
    UserExportService,
    UserCreationService,
    UserChangeService,
    UserDeletionService,
    UserPowersService,
    UserSessionsService,
    UserPasswordResetService,
    RoleListService,
    RoleAdministrationService,
    UserActionsService,
    UserOffersService,
    OverviewService,
    ProviderAdministrationService,
    SignOutEveryoneService,
  ],
  exports: [
    UserPresenter,
    UserListService,
    UserExportService,
    UserCreationService,
    UserChangeService,
    UserPowersService,
    UserSessionsService,
    UserActionsService,
    UserOffersService,
    RoleListService,
    RoleAdministrationService,
    OverviewService,
    ProviderAdministrationService,
    SignOutEveryoneService,
  ],
})
export class AdministrationModule {}
