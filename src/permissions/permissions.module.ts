import { Module } from '@nestjs/common';
import { AccountPresenter } from './account-presenter.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { PermissionsService } from './permissions.service.js';
import { PermissionSynchronizer } from './permission-synchronizer.js';

@Module({
  providers: [
    { provide: PermissionCatalogue, useFactory: () => PermissionCatalogue.load() },
    PermissionSynchronizer,
    PermissionsService,
    AccountPresenter,
  ],
  exports: [PermissionCatalogue, PermissionsService, AccountPresenter],
})
export class PermissionsModule {}
