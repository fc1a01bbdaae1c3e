import { Module } from '@nestjs/common';
import { PermissionCatalogue } from './permission-catalogue.js';
import { PermissionsService } from './permissions.service.js';
import { PermissionSynchronizer } from './permission-synchronizer.js';

@Module({
  providers: [
    { provide: PermissionCatalogue, useFactory: () => PermissionCatalogue.load() },
    PermissionSynchronizer,
    PermissionsService,
  ],
  exports: [PermissionCatalogue, PermissionsService],
})
export class PermissionsModule {}
