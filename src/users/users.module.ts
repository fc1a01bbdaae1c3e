import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { AddressesService } from './addresses.service.js';
import { RegistrationRules } from './registration-rules.js';
import { User } from './user.entity.js';
import { UsersService } from './users.service.js';

/** Accounts: entity and services. The REST controllers at `/api/users` are in `administration/users/`. */
@Module({
  imports: [TypeOrmModule.forFeature([User], DATA_SOURCE)],
  providers: [RegistrationRules, UsersService, AddressesService],
  exports: [RegistrationRules, UsersService, AddressesService],
})
export class UsersModule {}
