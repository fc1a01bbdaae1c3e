import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EmailModule } from '../platform/email/email.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { ThrottlingModule } from '../platform/throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { CustomPasswordRules } from './custom-password-rules.js';
import { HashQueue } from './hash-queue.js';
import { KnownNetworksService } from './known-networks.service.js';
import { PASSWORD_CONSTRAINTS } from './new-password.decorator.js';
import { PasswordAttempts } from './password-attempts.service.js';
import { PasswordFailures } from './password-failures.service.js';
import { PasswordBackend } from './password-backend.js';
import { PasswordProof } from './password-proof.js';
import { PasswordsService } from './passwords.service.js';
import { SignInLookup } from './sign-in-lookup.js';
import { WorkInUse } from './work-in-use.js';

@Module({
  imports: [MetricsModule, ThrottlingModule, EmailModule, UsersModule, AuditModule],
  providers: [
    CustomPasswordRules,
    HashQueue,
    WorkInUse,
    PasswordsService,
    KnownNetworksService,
    SignInLookup,
    PasswordFailures,
    PasswordAttempts,
    PasswordBackend,
    PasswordProof,
    ...PASSWORD_CONSTRAINTS,
  ],
  exports: [
    CustomPasswordRules,
    PasswordsService,
    PasswordBackend,
    PasswordProof,
    PasswordFailures,
    KnownNetworksService,
  ],
})
export class PasswordsModule {}
