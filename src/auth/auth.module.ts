import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { AuditModule } from '../audit/audit.module.js';
import { ChangeFeedModule } from '../platform/database/change-feed.module.js';
import { EmailModule } from '../platform/email/email.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { PermissionsModule } from '../permissions/permissions.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { ThrottlingModule } from '../platform/throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokensService } from './access-tokens.service.js';
import { AccessDenials } from './access-denials.js';
import { AccessTable } from './access-table.js';
import { AuthController } from './auth.controller.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LocalStrategy } from './local.strategy.js';
import { LoginService } from './login.service.js';
import { LogoutService } from './logout.service.js';
import { PermissionsGuard } from './permissions.guard.js';
import { PrincipalsService } from './principals.service.js';
import { RecentLoginGuard } from './recent-login.guard.js';
import { RefreshCookie } from './refresh-cookie.js';
import { RefreshService } from './refresh.service.js';
import { RefreshTokens } from './refresh-tokens.js';
import { RolesGuard } from './roles.guard.js';
import { NewPlaceEmails } from './new-place-emails.service.js';
import { SignInFailures } from './sign-in-failures.js';
import { SignInRecord } from './sign-in-record.js';
import { SignInSteps } from './sign-in-steps.js';
import { TokensService } from './tokens.service.js';
import { VerifiedTokens } from './verified-tokens.js';

@Module({
  imports: [
    PassportModule,
    DiscoveryModule,
    JwtModule.register({}),
    ChangeFeedModule,
    ThrottlingModule,
    AuditModule,
    EmailModule,
    MetricsModule,
    UsersModule,
    PermissionsModule,
    PasswordsModule,
    SessionsModule,
    SigningKeysModule,
  ],
  controllers: [AuthController],
  providers: [
    LocalStrategy,
    JwtStrategy,
    JwtAuthGuard,
    RolesGuard,
    PermissionsGuard,
    RecentLoginGuard,
    AccessTable,
    AccessDenials,
    SignInSteps,
    SignInFailures,
    NewPlaceEmails,
    SignInRecord,
    LoginService,
    LogoutService,
    RefreshService,
    AccessTokensService,
    RefreshTokens,
    RefreshCookie,
    TokensService,
    PrincipalsService,
    VerifiedTokens,
  ],
  exports: [
    AccessTable,
    VerifiedTokens,
    PrincipalsService,
    JwtAuthGuard,
    RolesGuard,
    PermissionsGuard,
    RecentLoginGuard,
    SignInFailures,
    LoginService,
    LogoutService,
    TokensService,
    RefreshCookie,
  ],
})
export class AuthModule {}
