import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, LessThanOrEqual, MoreThan, Not, Repository } from 'typeorm';
import type { Client } from '../http/current-client.decorator.js';
import type { Principal } from '../access/principal.js';
import { keysetPage } from '../http/keyset-page.js';
import type { Page, PageQuery } from '../http/page.js';
import { AppConfig } from '../platform/config/app-config.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { EntityColumns } from '../platform/database/entity-columns.js';
import type { Authentication } from '../users/authenticated-user.js';
import { Session, type SessionEnd } from './session.entity.js';
import type { NewSession } from './sessions.sql.js';

/**
 * The writer of the sessions table, with `SessionRotation`, and next to the triggers: these end sessions when a
 * user changes, and the least recently used ones when an account has more than 100.
 */
@Injectable()
export class SessionsService {
  /** For statements of others that select from `sessions s`. */
  readonly columns: EntityColumns<Session>;

  constructor(
    @InjectRepository(Session, DATA_SOURCE) private readonly sessions: Repository<Session>,
    private readonly config: AppConfig,
  ) {
    this.columns = new EntityColumns(sessions, 's');
  }

  /**
   * Returns how long a session lasts without being used, and at most, in milliseconds.
   * @param isRemembered whether its visitor asked to stay signed in
   */
  lifetimesOf(isRemembered: boolean): { idle: number; absolute: number } {
    const { config } = this;
    return isRemembered
      ? { idle: config.rememberedSessionIdleTtl, absolute: config.rememberedSessionAbsoluteTtl }
      : { idle: config.sessionIdleTtl, absolute: config.sessionAbsoluteTtl };
  }

  /** The session that `openSession` is to open. */
  newSession(
    { amr, authenticatedAt }: Authentication,
    { ip, userAgent }: Client,
    createdAt: Date,
    isRemembered: boolean,
  ): NewSession {
    const now = createdAt.getTime();
    const { idle, absolute } = this.lifetimesOf(isRemembered);
    return {
      amr,
      ip,
      userAgent,
      createdAt,
      authenticatedAt: authenticatedAt ?? createdAt,
      idleExpiresAt: new Date(now + idle),
      absoluteExpiresAt: new Date(now + absolute),
    };
  }

  async findById(id: string): Promise<Session | null> {
    return this.sessions.findOneBy({ id });
  }

  /** A user's sessions that are alive, the latest first. Throws `AppError` 422 for an invalid cursor. */
  async alive(userId: string, now: Date, page: PageQuery): Promise<Page<Session>> {
    const sessions = this.sessions.createQueryBuilder('s').where({ userId, ...alive(now) });
    return keysetPage(sessions, page, {
      name: 'sessions',
      order: ['-createdAt', '-id'],
    });
  }

  /** Whether a session is alive, for a transaction that has locked its user: it may have ended while it waited. */
  async isAlive(tx: EntityManager, id: string, now: Date): Promise<boolean> {
    return tx.existsBy(Session, { id, ...alive(now) });
  }

  /** How many sessions of a user are alive. */
  async countAlive(tx: EntityManager, userId: string, now: Date): Promise<number> {
    return tx.countBy(Session, { userId, ...alive(now) });
  }

  /** Ends all sessions of a user, or all but one; returns how many. */
  async endAll(
    tx: EntityManager,
    userId: string,
    reason: SessionEnd,
    now: Date,
    { except }: { except?: string } = {},
  ): Promise<number> {
    const { affected } = await tx.update(
      Session,
      { userId, endedAt: IsNull(), ...(except !== undefined && { id: Not(except) }) },
      { endedAt: now, endReason: reason },
    );
    return affected ?? 0;
  }

  /**
   * Ends the sessions of all users; returns how many. Other writers wait until the transaction ends: a session
   * that is refreshed meanwhile cannot escape, and two writers cannot wait for each other.
   */
  async endAllOfAllUsers(tx: EntityManager, reason: SessionEnd, now: Date): Promise<number> {
    await tx.query(`SELECT set_config('statement_timeout', '0', true)`);
    await tx.query('LOCK TABLE sessions IN SHARE ROW EXCLUSIVE MODE');
    const { affected } = await tx.update(
      Session,
      { endedAt: IsNull() },
      { endedAt: now, endReason: reason },
    );
    return affected ?? 0;
  }

  /** Ends one session of a user; false when the user has no such session that is alive. */
  async endOwn(
    tx: EntityManager,
    userId: string,
    id: string,
    reason: SessionEnd,
    now: Date,
  ): Promise<boolean> {
    const { affected } = await tx.update(
      Session,
      { id, userId, ...alive(now) },
      { endedAt: now, endReason: reason },
    );
    return affected === 1;
  }

  /** Marks a session of a user as authenticated anew; false when the user has no such session that is alive. */
  async renew(
    tx: EntityManager,
    { userId, sessionId }: Pick<Principal, 'userId' | 'sessionId'>,
    { amr, authenticatedAt }: Authentication,
    now: Date,
  ): Promise<boolean> {
    const { affected } = await tx.update(
      Session,
      { id: sessionId, userId, ...alive(now) },
      { amr, authenticatedAt: authenticatedAt ?? now },
    );
    return affected === 1;
  }

  /**
   * Notes that an alive session was seen, and lets it last for `idle` from now, unless that was done less than `pause`
   * ago. Both are milliseconds.
   */
  async touch(
    id: string,
    now: Date,
    { idle, pause }: { idle: number; pause: number },
  ): Promise<void> {
    await this.sessions
      .createQueryBuilder()
      .update()
      // Never backwards: an instance whose clock is slow would end the sessions that it serves.
      .set({ lastSeenAt: now, idleExpiresAt: () => 'greatest(idle_expires_at, :idleEnd)' })
      .where({ id, ...alive(now), lastSeenAt: LessThanOrEqual(new Date(now.getTime() - pause)) })
      .setParameter('idleEnd', new Date(now.getTime() + idle))
      .execute();
  }

  /** Spares one session when a change of the password, in the caller's transaction, ends the others. */
  async keepSession(tx: EntityManager, id: string): Promise<void> {
    await tx.query(`SELECT set_config('gatehouse.kept_session', $1, true)`, [id]);
  }
}

/** The condition for sessions that are alive. */
function alive(now: Date) {
  return { endedAt: IsNull(), idleExpiresAt: MoreThan(now), absoluteExpiresAt: MoreThan(now) };
}
