import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { deriveKey, seal, unseal } from '../common/crypto.js';
import { isUniqueViolation } from '../common/unique-violation.js';
import { AppConfig } from '../config/app-config.js';
import type { ProviderSettings } from '../config/provider-settings.js';
import { ChangeFeed } from '../database/change-feed.js';
import { LiveValue } from '../database/live-value.js';
import { StoredProvider } from './stored-provider.entity.js';

/** What a provider may be called in addresses: at most 30 letters and digits in lower case, with dashes between. */
export const PROVIDER_NAME = /^(?=.{1,30}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** A provider that people can sign in with. */
export interface IdentityProvider extends Omit<ProviderSettings, 'clientSecret'> {
  /** Null: it is one of the environment, which nobody changes at run time. */
  readonly id: string | null;
  /** Throws when it was sealed under another `APP_SECRET`. */
  readonly secret: () => string;
}

/** What anybody may see of a provider. */
export type ShownProvider = Readonly<Pick<IdentityProvider, 'name' | 'label' | 'issuer'>>;

/** What is said of a provider that an administrator adds. */
export type NewProvider = Omit<ProviderSettings, 'apple'>;

/** By whom people can sign in: those of the environment, and those in the table, of which it is the one writer. */
@Injectable()
export class IdentityProvidersService {
  private readonly key: Buffer;
  private readonly fixed: readonly IdentityProvider[];
  private readonly kept: LiveValue<readonly ShownProvider[]>;

  constructor(
    @InjectRepository(StoredProvider) private readonly stored: Repository<StoredProvider>,
    config: AppConfig,
    changes: ChangeFeed,
  ) {
    this.kept = new LiveValue(changes, 'identity_provider', async () =>
      (await this.all()).map(({ name, label, issuer }) => Object.freeze({ name, label, issuer })),
    );
    this.key = deriveKey(config.appSecret, 'identity-providers');
    this.fixed = config.identityProviders.map(({ clientSecret, ...provider }) => ({
      ...provider,
      id: null,
      secret: () => clientSecret,
    }));
  }

  /** All of them, by label. The environment hides one of the same name in the table. */
  async all(tx?: EntityManager): Promise<IdentityProvider[]> {
    const rows = await (tx?.getRepository(StoredProvider) ?? this.stored).find();
    const added = rows.filter(({ name }) => !this.isFixed(name));
    return [...this.fixed, ...added.map((row) => this.open(row))].toSorted((a, b) =>
      a.label.localeCompare(b.label, 'en'),
    );
  }

  /** All of them, by label, from memory if nothing was changed: to be shown, not to decide by. */
  async shown(): Promise<readonly ShownProvider[]> {
    return this.kept.get();
  }

  /** Throws `AppError` 404. */
  async get(name: string): Promise<IdentityProvider> {
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
  async lock(tx: EntityManager, id: string): Promise<IdentityProvider> {
    const row = await tx.findOne(StoredProvider, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (!row) throw new AppError('not_found');
    return this.open(row);
  }

  /** Throws `AppError` 409 `provider_name_taken`. */
  async create(tx: EntityManager, provider: NewProvider): Promise<IdentityProvider> {
    const { clientSecret, ...fields } = provider;
    if (this.isFixed(provider.name)) throw nameTaken();
    const row = tx.create(StoredProvider, {
      ...fields,
      sealedClientSecret: seal(this.key, clientSecret, provider.name),
    });
    try {
      return this.open(await tx.save(row));
    } catch (error) {
      if (isUniqueViolation(error, 'identity_providers_name_key')) throw nameTaken();
      throw error;
    }
  }

  /** Changes one that `lock` returned; its name stays, as it stands in addresses that others know. */
  async change(
    tx: EntityManager,
    { id, name }: IdentityProvider,
    { clientSecret, ...fields }: Partial<Omit<NewProvider, 'name'>>,
  ): Promise<IdentityProvider> {
    await tx.save(StoredProvider, {
      id: id!,
      ...fields,
      ...(clientSecret !== undefined && { sealedClientSecret: seal(this.key, clientSecret, name) }),
    });
    return this.open(await tx.findOneByOrFail(StoredProvider, { id: id! }));
  }

  async delete(tx: EntityManager, { id }: IdentityProvider): Promise<void> {
    await tx.delete(StoredProvider, { id: id! });
  }

  private isFixed(name: string): boolean {
    return this.fixed.some((provider) => provider.name === name);
  }

  private open(row: StoredProvider): IdentityProvider {
    const { id, name, label, issuer, clientId, scopes, trustsEmail, sealedClientSecret } = row;
    const secret = () => this.unseal(name, sealedClientSecret);
    return { id, name, label, issuer, clientId, scopes, trustsEmail, secret };
  }

  private unseal(name: string, sealed: string): string {
    try {
      return unseal(this.key, sealed, name);
    } catch (cause) {
      throw new Error(
        `The secret of the provider ${name} was encrypted under another APP_SECRET. Set the old APP_SECRET again, or give the provider its secret again.`,
        { cause },
      );
    }
  }
}

function nameTaken(): AppError {
  const message = 'There is a provider of that name already.';
  return new AppError('provider_name_taken', {
    errors: [{ field: 'name', code: 'provider_name_taken', message }],
  });
}
