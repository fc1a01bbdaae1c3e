import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { AppError } from '../http/app-error.js';
import { MAX_LIMIT } from '../http/page.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { isUniqueViolation } from '../platform/database/unique-violation.js';
import { AppConfig } from '../platform/config/app-config.js';
import type { ProviderSettings } from '../platform/config/provider-settings.js';
import { ChangeFeed } from '../platform/database/change-feed.js';
import { LiveCache } from '../platform/database/live-cache.js';
import { assertSecretStays, ProviderSecrets } from './provider-secrets.js';
import { StoredProvider } from './stored-provider.entity.js';

/** What a provider may be called in addresses: at most 30 letters and digits in lower case, with dashes between. */
export const PROVIDER_NAME = /^(?=.{1,30}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** The list to be shown is cached as one value. */
const ALL = 'all';

/** The most providers of an installation: the page for signing in and every list show them all. */
const MOST = MAX_LIMIT;

/** A provider that people can sign in with. */
export interface IdentityProvider extends Omit<ProviderSettings, 'clientSecret'> {
  /** Null: it is one of the environment, which nobody changes at run time. */
  readonly id: string | null;
  /** The only origin that the secret may go to; null: whatever the issuer names, as the operator said or as it was before. */
  readonly tokenOrigin: string | null;
  /** Throws `UnknownSecret` when it was sealed under another `APP_SECRET`, or for another purpose. */
  readonly secret: () => string;
}

/** What anybody may see of a provider. */
export type ShownProvider = Readonly<Pick<IdentityProvider, 'name' | 'label' | 'issuer'>>;

/** What is said of a provider that an administrator adds, and where its token endpoint was found. */
export type NewProvider = Omit<ProviderSettings, 'apple'> & { tokenOrigin: string };

/** By whom people can sign in: those of the environment, and those in the table, of which it is the one writer. */
@Injectable()
export class IdentityProvidersService {
  private readonly secrets: ProviderSecrets;
  private readonly fixed: readonly IdentityProvider[];
  private readonly kept: LiveCache<readonly ShownProvider[]>;

  constructor(
    @InjectRepository(StoredProvider, DATA_SOURCE)
    private readonly stored: Repository<StoredProvider>,
    config: AppConfig,
    changes: ChangeFeed,
  ) {
    this.kept = new LiveCache<readonly ShownProvider[]>(changes, {
      topics: { identity_provider: 'all' },
      load: async () =>
        (await this.all()).map(({ name, label, issuer }) => Object.freeze({ name, label, issuer })),
    });
    this.secrets = new ProviderSecrets(config);
    this.fixed = config.identityProviders.map(({ clientSecret, ...provider }) => ({
      ...provider,
      id: null,
      tokenOrigin: null,
      secret: () => clientSecret,
    }));
  }

  /** All of them, at most 100, by label. The environment hides one of the same name in the table. */
  async all(tx?: EntityManager): Promise<IdentityProvider[]> {
    const rows = await (tx?.getRepository(StoredProvider) ?? this.stored).find({
      order: { createdAt: 'ASC', id: 'ASC' },
      take: Math.max(MOST - this.fixed.length, 0),
    });
    const added = rows.filter(({ name }) => !this.isFixed(name));
    return [...this.fixed, ...added.map((row) => this.open(row))].toSorted((a, b) =>
      a.label.localeCompare(b.label, 'en'),
    );
  }

  /** All of them, by label, from memory if nothing was changed: to be shown, not to decide by. */
  async shown(): Promise<readonly ShownProvider[]> {
    return this.kept.get(ALL);
  }

  /** Throws `AppError` 404. */
  async getProvider(name: string): Promise<IdentityProvider> {
    if (!PROVIDER_NAME.test(name)) throw new AppError('not_found');
    const fixed = this.fixed.find((provider) => provider.name === name);
    if (fixed) return fixed;
    const row = await this.stored.findOneBy({ name });
    if (!row) throw new AppError('not_found');
    return this.open(row);
  }

  /** One that was added at run time. Throws `AppError` 404. */
  async getStored(id: string): Promise<IdentityProvider> {
    const row = await this.stored.findOneBy({ id });
    if (!row) throw new AppError('not_found');
    return this.open(row);
  }

  /** The same, which nobody else changes until the transaction ends. Throws `AppError` 404. */
  async lockProvider(tx: EntityManager, id: string): Promise<IdentityProvider> {
    const row = await tx.findOne(StoredProvider, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (!row) throw new AppError('not_found');
    return this.open(row);
  }

  /** Throws `AppError` 409 `provider_name_taken`, and `conflict` when there are as many as there may be. */
  async create(tx: EntityManager, provider: NewProvider): Promise<IdentityProvider> {
    const { clientSecret, ...fields } = provider;
    if (this.isFixed(provider.name)) throw nameTaken();
    // Of two that are added at once, the second is counted after the first.
    await tx.query('LOCK TABLE identity_providers IN SHARE ROW EXCLUSIVE MODE');
    if ((await tx.count(StoredProvider)) + this.fixed.length >= MOST) {
      throw new AppError('conflict', { detail: `There are at most ${MOST} providers.` });
    }
    const row = tx.create(StoredProvider, {
      ...fields,
      sealedClientSecret: this.secrets.seal(clientSecret, provider),
    });
    try {
      return this.open(await tx.save(row));
    } catch (error) {
      if (isUniqueViolation(error, 'identity_providers_name_key')) throw nameTaken();
      throw error;
    }
  }

  /**
   * Changes one that `lockProvider` returned. Its name stays: addresses that others know contain it. Throws `AppError`
   * 422 `required` without a secret when the one there is was given for something else.
   */
  async updateProvider(
    tx: EntityManager,
    before: IdentityProvider,
    { clientSecret, ...fields }: Partial<Omit<NewProvider, 'name'>> & { tokenOrigin: string },
  ): Promise<IdentityProvider> {
    const id = before.id!;
    const purpose = { ...before, ...fields };
    if (clientSecret === undefined) assertSecretStays(before, purpose);
    const secret = clientSecret ?? secretOf(before);
    await tx.save(StoredProvider, {
      id,
      ...fields,
      ...(secret !== undefined && { sealedClientSecret: this.secrets.seal(secret, purpose) }),
    });
    return this.open(await tx.findOneByOrFail(StoredProvider, { id }));
  }

  async delete(tx: EntityManager, { id }: IdentityProvider): Promise<void> {
    await tx.delete(StoredProvider, { id: id! });
  }

  private isFixed(name: string): boolean {
    return this.fixed.some((provider) => provider.name === name);
  }

  private open(row: StoredProvider): IdentityProvider {
    const { id, name, label, issuer, clientId, tokenOrigin, scopes, trustsEmail } = row;
    const secret = () => this.secrets.open(row.sealedClientSecret, row);
    return { id, name, label, issuer, clientId, tokenOrigin, scopes, trustsEmail, secret };
  }
}

/** What cannot be opened stays as it is: the rest of a provider can be changed all the same. */
function secretOf({ secret }: IdentityProvider): string | undefined {
  try {
    return secret();
  } catch {
    return undefined;
  }
}

function nameTaken(): AppError {
  const message = 'There is a provider of that name already.';
  return new AppError('provider_name_taken', {
    errors: [{ field: 'name', code: 'provider_name_taken', message }],
  });
}
