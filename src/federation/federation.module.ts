import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { ChangeFeedModule } from '../platform/database/change-feed.module.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { ThrottlingModule } from '../platform/throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { CodeFlow } from './code-flow.js';
import { FederatedIdentitiesService } from './federated-identities.service.js';
import { FederatedIdentity } from './federated-identity.entity.js';
import { FederationAttempt } from './federation-attempt.entity.js';
import { FederationAttemptsService } from './federation-attempts.service.js';
import { FederationService } from './federation.service.js';
import { IdentityProvidersService } from './identity-providers.service.js';
import { ProviderConfigurations } from './provider-configurations.js';
import { ProviderHttp } from './provider-http.js';
import { StoredProvider } from './stored-provider.entity.js';

/** Believing other providers of identities. */
@Module({
  imports: [
    TypeOrmModule.forFeature([StoredProvider, FederatedIdentity, FederationAttempt], DATA_SOURCE),
    ChangeFeedModule,
    ThrottlingModule,
    UsersModule,
    AuditModule,
  ],
  providers: [
    ProviderHttp,
    ProviderConfigurations,
    CodeFlow,
    IdentityProvidersService,
    FederatedIdentitiesService,
    FederationAttemptsService,
    FederationService,
  ],
  exports: [
    ProviderConfigurations,
    IdentityProvidersService,
    FederatedIdentitiesService,
    FederationAttemptsService,
    FederationService,
  ],
})
export class FederationModule {}
