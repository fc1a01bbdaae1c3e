import { Module } from '@nestjs/common';
import { HashQueue } from './hash-queue.js';
import { PASSWORD_CONSTRAINTS } from './new-password.decorator.js';
import { PasswordsService } from './passwords.service.js';

@Module({
  providers: [HashQueue, PasswordsService, ...PASSWORD_CONSTRAINTS],
  exports: [PasswordsService],
})
export class PasswordsModule {}
