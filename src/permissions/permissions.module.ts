import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Declarations } from '../common/declarations.js';
import { AuditModule } from '../audit/audit.module.js';
import { AccountPresenter } from './account-presenter.js';
import { DeclaredRoles } from './declared-roles.js';
import { MembershipsService } from './memberships.service.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { PermissionsService } from './permissions.service.js';
import { PermissionSynchronizer } from './permission-synchronizer.js';
import { ReliedOnRoles } from './relied-on-roles.js';
import { RolesService } from './roles.service.js';

@Module({
  imports: [DiscoveryModule, AuditModule],
  providers: [
    {
      provide: PermissionCatalogue,
      inject: [Declarations],
      useFactory: (declarations: Declarations) => PermissionCatalogue.load(declarations),
    },
    DeclaredRoles,
    PermissionSynchronizer,
    PermissionsService,
    AccountPresenter,
    ReliedOnRoles,
    RolesService,
    MembershipsService,
  ],
  exports: [
    PermissionCatalogue,
    PermissionsService,
    AccountPresenter,
    ReliedOnRoles,
    RolesService,
    MembershipsService,
  ],
})
export class PermissionsModule {}
