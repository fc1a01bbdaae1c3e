import { Module } from '@nestjs/common';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { UsersModule } from '../users/users.module.js';
import { DeletionService } from './deletion.service.js';
import { MeController } from './me.controller.js';
import { ProfileService } from './profile.service.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationService } from './registration.service.js';
import { SuperusersService } from './superusers.service.js';

@Module({
  imports: [UsersModule, PermissionsModule, PasswordsModule],
  controllers: [RegistrationController, MeController],
  providers: [RegistrationService, ProfileService, DeletionService, SuperusersService],
  exports: [SuperusersService],
})
export class AccountModule {}
