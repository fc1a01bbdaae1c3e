import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, LessThanOrEqual, MoreThan, Not, Repository } from 'typeorm';
import type { Client } from '../common/current-client.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { EntityColumns } from '../database/entity-columns.js';
import { Session, type SessionEnd } from './session.entity.js';

/** The writer of the sessions table, with `SessionRotation`, and beside the triggers that end sessions when a user changes. */
@Injectable()
export class SessionsService {
  /** For statements of others that select from `sessions s`. */
  readonly columns: EntityColumns<Session>;

  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly config: AppConfig,
  ) {
    this.columns = new EntityColumns(sessions, 's');
  }

  /** The values of `openSession`. */
  valuesToOpen(amr: string[], client: Client, now: Date): unknown[] {
    const idleEnd = new Date(now.getTime() + this.config.sessionIdleTtl);
    const absoluteEnd = new Date(now.getTime() + this.config.sessionAbsoluteTtl);
    return [amr, client.ip, client.userAgent, now, idleEnd, absoluteEnd];
  }

  async findById(id: string): Promise<Session | null> {
    return this.sessions.findOneBy({ id });
  }

  /** A user's sessions that are alive, the latest first. */
  async alive(userId: string, now: Date): Promise<Session[]> {
    return this.sessions.find({
      where: aliveSessionsOf(userId, now),
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  /** How many sessions of a user are alive. */
  async countAlive(tx: EntityManager, userId: string, now: Date): Promise<number> {
    return tx.countBy(Session, aliveSessionsOf(userId, now));
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
      { id, ...aliveSessionsOf(userId, now) },
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

function aliveSessionsOf(userId: string, now: Date) {
  return {
    userId,
    endedAt: IsNull(),
    idleExpiresAt: MoreThan(now),
    absoluteExpiresAt: MoreThan(now),
  };
}
