import { Module } from '@nestjs/common';
import { AccountModule } from '../../account/account.module.js';
import { AdministrationModule } from '../../administration/administration.module.js';
import { AuditModule } from '../../audit/audit.module.js';
import { AuthModule } from '../../auth/auth.module.js';
import { EmailModule } from '../../platform/email/email.module.js';
import { UsersModule } from '../../users/users.module.js';
import { WebModule } from '../kit/web.module.js';
import { AccessController } from './access.controller.js';
import { AuditSearch } from './audit-search.js';
import { AuditPageController } from './audit.controller.js';
import { DashboardController } from './dashboard.controller.js';
import { HistoryController } from './history.controller.js';
import { EmailQueueController } from './email-queue.controller.js';
import { PermissionListController } from './permission-list.controller.js';
import { ProviderController } from './provider.controller.js';
import { ProviderListController } from './provider-list.controller.js';
import { RoleController } from './role.controller.js';
import { RoleListController } from './role-list.controller.js';
import { RolePermissionsController } from './role-permissions.controller.js';
import { UserActionsController } from './user-actions.controller.js';
import { UserAddController } from './user-add.controller.js';
import { UserController } from './user.controller.js';
import { UserListController } from './user-list.controller.js';
import { AdminUserPowersController } from './user-powers.controller.js';
import { AdminUserSessionsController } from './user-sessions.controller.js';

/** The administration in a browser. */
@Module({
  imports: [
    AuthModule,
    AccountModule,
    AdministrationModule,
    AuditModule,
    EmailModule,
    UsersModule,
    WebModule,
  ],
  controllers: [
    DashboardController,
    UserListController,
    UserAddController,
    UserActionsController,
    UserController,
    AdminUserPowersController,
    AdminUserSessionsController,
    RoleListController,
    RoleController,
    RolePermissionsController,
    PermissionListController,
    ProviderListController,
    ProviderController,
    HistoryController,
    AuditPageController,
    EmailQueueController,
    AccessController,
  ],
  providers: [AuditSearch],
})
export class AdminModule {}
