import { Injectable } from '@nestjs/common';
import type { Changes } from '../../audit/audit-event.entity.js';
import { type AuditSubject, AuditService } from '../../audit/audit.service.js';
import { AppError } from '../../http/app-error.js';
import type { SignedInActor } from '../../http/current-actor.decorator.js';
import { federationCallbackPath } from '../../http/page-paths.js';
import type { Principal } from '../../access/principal.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { isGithub, presetOf, weaknessOfIssuer } from '../../platform/config/provider-settings.js';
import {
  type IdentityProvider,
  IdentityProvidersService,
} from '../../federation/identity-providers.service.js';
import { ProviderConfigurations, tokenOriginOf } from '../../federation/provider-configurations.js';
import { reasonOfFailure } from '../../federation/provider-failure.js';
import { assertSecretStays } from '../../federation/provider-secrets.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { IdentityProviderDto } from './identity-provider.dto.js';
import type {
  ChangeIdentityProviderDto,
  CreateIdentityProviderDto,
} from './identity-provider-fields.dto.js';

const TOLD = ['label', 'issuer', 'clientId', 'scopes', 'trustsEmail'] as const;
/** What was decided by, and must not have changed since. */
const SEEN = ['issuer', 'clientId', 'tokenOrigin', 'trustsEmail'] as const;

/**
 * Deciding by which providers people can sign in. One that is trusted for addresses opens any account whose
 * address it names: only superusers make or change such a provider, so that nobody rises by it.
 */
@Injectable()
export class ProviderAdministrationService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly providers: IdentityProvidersService,
    private readonly configurations: ProviderConfigurations,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
  ) {}

  /** All of them, by label. */
  async list(): Promise<IdentityProviderDto[]> {
    return (await this.providers.all()).map((provider) => this.present(provider));
  }

  /** Throws `AppError` 404. */
  async get(id: string): Promise<IdentityProviderDto> {
    return this.present(await this.providers.getStored(id));
  }

  /**
   * Adds one whose metadata was found where its issuer says. Throws `AppError` 403 when it is to be trusted for
   * addresses by who is no superuser and `recent_login_required`, 409 `provider_name_taken`, 422.
   */
  async create(
    actor: SignedInActor,
    { name, clientId, clientSecret, ...given }: CreateIdentityProviderDto,
  ): Promise<IdentityProviderDto> {
    assertRecentLogin(actor);
    const preset = presetOf(name);
    const provider = {
      name,
      clientId,
      clientSecret,
      label: given.label ?? preset.label,
      issuer: given.issuer ?? preset.issuer ?? '',
      scopes: given.scopes ?? preset.scopes,
      trustsEmail: given.trustsEmail ?? false,
    };
    if (provider.trustsEmail) assertMayTrust(actor.principal);
    const tokenOrigin = await this.check({ ...provider, id: null, secret: () => clientSecret });
    return this.dataSource.transaction(async (tx) => {
      const created = await this.providers.create(tx, { ...provider, tokenOrigin });
      await this.audit.recordEvent(tx, 'identity_provider.created', actor, subjectOf(created), {
        changes: { name: { old: null, new: name }, ...changesBetween(undefined, created) },
      });
      return this.present(created);
    });
  }

  /**
   * Throws `AppError` 403 for one that is trusted for addresses and `recent_login_required`, 404, 409
   * `conflict`, 422: without a secret also for another issuer or client id, or when the token endpoint has moved.
   */
  async changeProvider(
    actor: SignedInActor,
    id: string,
    fields: ChangeIdentityProviderDto,
  ): Promise<IdentityProviderDto> {
    assertRecentLogin(actor);
    const seen = await this.providers.getStored(id);
    if (seen.trustsEmail || fields.trustsEmail) assertMayTrust(actor.principal);
    const { clientSecret, ...rest } = fields;
    const given = Object.fromEntries(Object.entries(rest).filter(([, one]) => one !== undefined));
    const asked = { ...seen, ...given, secret: () => clientSecret ?? '' };
    // Before anybody is asked who may have been named to get it.
    if (clientSecret === undefined) assertSecretStays(seen, asked);
    const tokenOrigin = await this.check(asked);
    return this.dataSource.transaction(async (tx) => {
      const before = await this.providers.lockProvider(tx, id);
      if (SEEN.some((field) => before[field] !== seen[field])) {
        throw new AppError('conflict', { detail: 'The provider has just changed. Try again.' });
      }
      const after = await this.providers.updateProvider(tx, before, {
        ...given,
        tokenOrigin,
        ...(clientSecret !== undefined && { clientSecret }),
      });
      const changes = {
        ...changesBetween(before, after),
        // That it changed, never what it was.
        ...(clientSecret !== undefined && { clientSecret: { old: null, new: 'replaced' } }),
      };
      if (Object.keys(changes).length > 0) {
        const subject = subjectOf(after);
        await this.audit.recordEvent(tx, 'identity_provider.updated', actor, subject, { changes });
      }
      return this.present(after);
    });
  }

  /** Who signed in with it alone needs a password from now on. Throws `AppError` 404, 403 `recent_login_required`. */
  async delete(actor: SignedInActor, id: string): Promise<void> {
    assertRecentLogin(actor);
    await this.dataSource.transaction(async (tx) => {
      const provider = await this.providers.lockProvider(tx, id);
      await this.providers.delete(tx, provider);
      await this.audit.recordEvent(tx, 'identity_provider.deleted', actor, subjectOf(provider), {
        changes: {
          name: { old: provider.name, new: null },
          issuer: { old: provider.issuer, new: null },
        },
      });
    });
  }

  /** Asks the provider itself, outside of any transaction, where its token endpoint is. Throws `AppError` 422. */
  private async check(provider: Omit<IdentityProvider, 'tokenOrigin'>): Promise<string> {
    const { name, issuer, scopes } = provider;
    if (name === 'apple') throw invalid('name', 'Apple can be configured by OIDC_APPLE_… only.');
    const weakness = weaknessOfIssuer(issuer, this.config.environment !== 'production');
    if (weakness) throw invalid('issuer', `The issuer ${weakness}`);
    if (!isGithub(provider) && !scopes.split(/\s+/).includes('openid')) {
      throw invalid('scopes', 'The scopes must contain openid.');
    }
    try {
      const found = await this.configurations.discoverConfiguration({
        ...provider,
        tokenOrigin: null,
      });
      return tokenOriginOf(found.serverMetadata());
    } catch (error) {
      throw invalid('issuer', `This is no provider that can be used. ${reasonOfFailure(error)}`);
    }
  }

  private present(provider: IdentityProvider): IdentityProviderDto {
    const { href } = new URL(this.config.publicUrl + federationCallbackPath(provider.name));
    return IdentityProviderDto.of(provider, href);
  }
}

function assertMayTrust({ isSuperuser }: Principal): void {
  if (isSuperuser) return;
  throw new AppError('permission_denied', {
    detail: 'Only a superuser trusts a provider for addresses, or changes one that is trusted.',
    extensions: { requiresSuperuser: true },
  });
}

function invalid(field: string, message: string): AppError {
  return AppError.validation([{ field, code: `invalid_${field}`, message }]);
}

function subjectOf({ id }: IdentityProvider): AuditSubject {
  return { type: 'identity_provider', id: id! };
}

function changesBetween(before: IdentityProvider | undefined, after: IdentityProvider): Changes {
  return Object.fromEntries(
    TOLD.filter((field) => before?.[field] !== after[field]).map((field) => [
      field,
      { old: before?.[field] ?? null, new: after[field] },
    ]),
  );
}
