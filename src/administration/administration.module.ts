import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { FederationModule } from '../federation/federation.module.js';
import { EmailModule } from '../platform/email/email.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { IdentityProvidersController } from './identity-providers/identity-providers.controller.js';
import { ManagedUsers } from './users/managed-users.js';
import { OverviewService } from './overview.service.js';
import { ProviderAdministrationService } from './identity-providers/provider-administration.service.js';
import { RoleAdministrationService } from './roles/role-administration.service.js';
import { RoleListService } from './roles/role-list.service.js';
import { RolesController } from './roles/roles.controller.js';
import { SignOutEveryoneService } from './sign-out-everyone.service.js';
import { UserActionsService } from './users/user-actions.service.js';
import { UserChangeService } from './users/user-change.service.js';
import { UserCreationService } from './users/user-creation.service.js';
import { UserDeletionService } from './users/user-deletion.service.js';
import { UserExportService } from './users/user-export.service.js';
import { UserListService } from './users/user-list.service.js';
import { UserOffersService } from './users/user-offers.service.js';
import { UserPasswordResetService } from './users/user-password-reset.service.js';
import { UserPresenter } from './users/user-presenter.js';
import { UserPowersController } from './users/user-powers.controller.js';
import { UserPowersService } from './users/user-powers.service.js';
import { UsersController } from './users/users.controller.js';
import { UserSessionsService } from './users/user-sessions.service.js';

/** Managing other people's accounts, and roles. */
@Module({
  imports: [
    OneTimeTokensModule,
    EmailModule,
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
