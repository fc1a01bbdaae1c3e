import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { UsersModule } from '../users/users.module.js';
import { HashQueue } from './hash-queue.js';
import { PASSWORD_CONSTRAINTS } from './new-password.decorator.js';
import { PasswordProof } from './password-proof.js';
import { PasswordsService } from './passwords.service.js';

@Module({
  imports: [UsersModule, AuditModule, MetricsModule],
  providers: [HashQueue, PasswordsService, PasswordProof, ...PASSWORD_CONSTRAINTS],
  exports: [PasswordsService, PasswordProof],
})
export class PasswordsModule {}
