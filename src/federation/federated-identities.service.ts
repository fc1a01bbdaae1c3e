import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import sql from 'sql-template-tag';
import { type EntityManager, In, Repository } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { MAX_LIMIT } from '../http/page.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { isUniqueViolation } from '../platform/database/unique-violation.js';
import { lockOfText } from '../platform/database/advisory-locks.js';
import { EntityColumns } from '../platform/database/entity-columns.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { FederatedIdentity } from './federated-identity.entity.js';
import type { IdentityClaims } from './identity-claims.js';

/** The most identities of one account, so that no list of them is long. */
const MOST = 20;

/** Which identities at providers open which accounts. The one writer of its table. */
@Injectable()
export class FederatedIdentitiesService {
  private readonly columns: EntityColumns<FederatedIdentity>;

  constructor(
    @InjectRepository(FederatedIdentity, DATA_SOURCE)
    private readonly identities: Repository<FederatedIdentity>,
    private readonly users: UsersService,
    private readonly audit: AuditService,
  ) {
    this.columns = new EntityColumns(identities, 'i');
  }

  /** Whose account an identity opens. Issuer and subject alone decide it (ASVS 6.8.1, ATTACKS A58). */
  async findIdentity({ issuer, subject }: IdentityClaims): Promise<FederatedIdentity | null> {
    return this.identities.findOneBy({ issuer, subject });
  }

  /** Those of an account, the oldest first. */
  async identitiesOf(userId: string, tx?: EntityManager): Promise<FederatedIdentity[]> {
    const where = { userId };
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    return (tx?.getRepository(FederatedIdentity) ?? this.identities).find({ where, order });
  }

  /** An account with its identities to be shown, the oldest first, in one query. Null when the account is gone. */
  async withOwner(
    userId: string,
  ): Promise<{ owner: User; identities: FederatedIdentity[] } | null> {
    const rows = await runPrepared(
      this.identities.manager,
      'federated_identities_of_owner',
      sql`
        SELECT ${this.users.columns.list}, ${this.columns.list}
        FROM users u LEFT JOIN federated_identities i ON i.user_id = u.id
        WHERE u.id = ${userId} ORDER BY i.created_at, i.id LIMIT ${MAX_LIMIT}`,
    );
    const owner = rows[0] && this.users.columns.read(rows[0]);
    if (!owner) return null;
    const identities = rows.map((row) => this.columns.read(row)).filter((one) => one !== null);
    return { owner, identities };
  }

  /** Which of these accounts have any. */
  async ownersAmong(tx: EntityManager, userIds: string[]): Promise<Set<string>> {
    const rows = await tx.find(FederatedIdentity, {
      select: { userId: true },
      where: { userId: In(userIds) },
    });
    return new Set(rows.map(({ userId }) => userId));
  }

  /** Makes other sign-ins with the same identity wait until the transaction ends. */
  async lockIdentity(tx: EntityManager, { issuer, subject }: IdentityClaims): Promise<void> {
    await tx.query(`SELECT pg_advisory_xact_lock(${lockOfText('identity', '$1')})`, [
      JSON.stringify([issuer, subject]),
    ]);
  }

  /**
   * Connects an identity with an account, which the caller has locked. Throws `AppError` 409 `identity_taken` when it
   * opens an account already, this one or another, and `conflict` for an account that has the most it may have.
   */
  async addIdentity(
    tx: EntityManager,
    userId: string,
    claims: IdentityClaims,
    now: Date,
  ): Promise<string> {
    if ((await tx.countBy(FederatedIdentity, { userId })) >= MOST) {
      const detail = `An account is connected with at most ${MOST} identities. Disconnect one first.`;
      throw new AppError('conflict', { detail });
    }
    const { issuer, subject, knownAs } = claims;
    const row = { userId, issuer, subject, knownAs, createdAt: now, lastUsedAt: now };
    try {
      const { identifiers } = await tx.insert(FederatedIdentity, row);
      return (identifiers[0] as { id: string }).id;
    } catch (error) {
      if (isUniqueViolation(error, 'federated_identities_subject_key')) {
        throw new AppError('identity_taken');
      }
      throw error;
    }
  }

  /** Notes that somebody signed in with it, and what it is known by today. */
  async touch(id: string, { knownAs }: IdentityClaims, now: Date): Promise<void> {
    await this.identities.update({ id }, { knownAs, lastUsedAt: now });
  }

  /**
   * Disconnects an identity from its account, which the caller has locked, and records it.
   * @param providers the providers that exist, by issuer
   */
  async disconnect(
    tx: EntityManager,
    actor: Actor,
    { id, userId, issuer, subject }: FederatedIdentity,
    providers: ReadonlyMap<string, { name: string }>,
  ): Promise<void> {
    await tx.delete(FederatedIdentity, { id });
    await this.audit.recordEvent(tx, 'user.identity_disconnected', actor, userSubject(userId), {
      changes: { provider: { old: providers.get(issuer)?.name ?? issuer, new: null } },
      personalChanges: { identity: { old: { issuer, subject }, new: null } },
    });
  }
}
