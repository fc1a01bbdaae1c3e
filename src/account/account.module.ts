import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { UsersModule } from '../users/users.module.js';
import { DeletionService } from './deletion.service.js';
import { MeController } from './me.controller.js';
import { PasswordProof } from './password-proof.js';
import { PasswordSettingService } from './password-setting.service.js';
import { ProfileService } from './profile.service.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationService } from './registration.service.js';
import { SuperusersService } from './superusers.service.js';

@Module({
  imports: [UsersModule, AuditModule, PermissionsModule, PasswordsModule],
  controllers: [RegistrationController, MeController],
  providers: [
    RegistrationService,
    ProfileService,
    PasswordProof,
    PasswordSettingService,
    DeletionService,
    SuperusersService,
  ],
  exports: [SuperusersService, PasswordSettingService],
})
export class AccountModule {}
