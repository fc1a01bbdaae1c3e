import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, LessThanOrEqual, MoreThan, Not, Repository } from 'typeorm';
import type { Client } from '../common/current-client.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { Session, type SessionEnd } from './session.entity.js';

/** The one writer of the sessions table, beside the triggers that end sessions when a user changes. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly config: AppConfig,
  ) {}

  /** Opens a session in the caller's transaction. */
  async open(
    tx: EntityManager,
    userId: string,
    amr: string[],
    client: Client,
    now: Date,
  ): Promise<Session> {
    const session = tx.create(Session, {
      userId,
      amr,
      ip: client.ip,
      userAgent: client.userAgent,
      createdAt: now,
      lastSeenAt: now,
      authenticatedAt: now,
      idleExpiresAt: new Date(now.getTime() + this.config.sessionIdleTtl),
      absoluteExpiresAt: new Date(now.getTime() + this.config.sessionAbsoluteTtl),
    });
    return tx.save(session);
  }

  async findById(id: string): Promise<Session | null> {
    return this.sessions.findOneBy({ id });
  }

  /**
   * Moves an alive session from one refresh counter to the next and extends its idle expiry, in one
   * statement: of requests that come at once, exactly one succeeds. Null when it was not in that state.
   */
  async advance(id: string, counter: number, client: Client, now: Date): Promise<Session | null> {
    const { raw } = await this.sessions
      .createQueryBuilder()
      .update()
      .set({
        refreshCounter: counter + 1,
        refreshedAt: now,
        lastSeenAt: now,
        ip: client.ip,
        userAgent: client.userAgent,
        idleExpiresAt: new Date(now.getTime() + this.config.sessionIdleTtl),
      })
      .where({
        id,
        refreshCounter: counter,
        endedAt: IsNull(),
        idleExpiresAt: MoreThan(now),
        absoluteExpiresAt: MoreThan(now),
      })
      .returning('*')
      .execute();
    const [row] = raw as Record<string, unknown>[];
    return row ? this.fromRow(row) : null;
  }

  private fromRow(row: Record<string, unknown>): Session {
    const { columns } = this.sessions.metadata;
    const entries = columns.map(({ propertyName, databaseName }) => [
      propertyName,
      row[databaseName],
    ]);
    return this.sessions.create(Object.fromEntries(entries) as Partial<Session>);
  }

  /** A user's sessions that are alive, the latest first. */
  async alive(userId: string, now: Date): Promise<Session[]> {
    return this.sessions.find({
      where: {
        userId,
        endedAt: IsNull(),
        idleExpiresAt: MoreThan(now),
        absoluteExpiresAt: MoreThan(now),
      },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
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
      {
        id,
        userId,
        endedAt: IsNull(),
        idleExpiresAt: MoreThan(now),
        absoluteExpiresAt: MoreThan(now),
      },
      { endedAt: now, endReason: reason },
    );
    return affected === 1;
  }

  /** Notes that an alive session was seen, and extends its idle expiry, unless that was done less than `pause` ago. */
  async touch(id: string, now: Date, pause: number): Promise<void> {
    await this.sessions.update(
      {
        id,
        endedAt: IsNull(),
        lastSeenAt: LessThanOrEqual(new Date(now.getTime() - pause)),
        idleExpiresAt: MoreThan(now),
        absoluteExpiresAt: MoreThan(now),
      },
      { lastSeenAt: now, idleExpiresAt: new Date(now.getTime() + this.config.sessionIdleTtl) },
    );
  }

  /** Spares one session when a change of the password, in the caller's transaction, ends the others. */
  async keep(tx: EntityManager, id: string): Promise<void> {
    await tx.query(`SELECT set_config('gatehouse.kept_session', $1, true)`, [id]);
  }
}
