import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import sql from 'sql-template-tag';
import { Repository } from 'typeorm';
import type { Client } from '../http/current-client.decorator.js';
import { AppConfig } from '../platform/config/app-config.js';
import { DATA_SOURCE, GatehouseDataSource } from '../platform/database/data-source.js';
import { EntityColumns } from '../platform/database/entity-columns.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { countInWindow, type WindowCount } from '../platform/throttling/limit-counters.sql.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { Session } from './session.entity.js';

/** An exchange of a refresh token. */
export interface Rotated {
  /** When the window ends in which it was counted. Null: it was not, and nothing was done. */
  ends: (string | null)[];
  /** The session after it; null when it was not in the state that the token belongs to. */
  session: Session | null;
  user: User | null;
}

/** Moves sessions from one refresh token to the next. */
@Injectable()
export class SessionRotation {
  private readonly columns: EntityColumns<Session>;

  constructor(
    @InjectRepository(Session, DATA_SOURCE) sessions: Repository<Session>,
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly config: AppConfig,
  ) {
    this.columns = new EntityColumns(sessions, 's');
  }

  /**
   * Moves an alive session from one refresh counter to the next and extends its idle expiry, in one
   * statement, which counts it against a limit as well: of requests that come at once, exactly one succeeds.
   * @param count the one for the limit; null when it is counted already
   */
  async advance(
    { id, counter }: { id: string; counter: number },
    client: Client,
    now: Date,
    count: WindowCount | null,
  ): Promise<Rotated> {
    const idleEnd = new Date(now.getTime() + this.config.sessionIdleTtl);
    const [row] = await runPrepared<{ end: string | null }>(
      this.dataSource,
      count ? 'sessions_rotate_counted' : 'sessions_rotate',
      sql`
        WITH counted AS (${count ? countInWindow(count) : sql`SELECT 0 AS expire`}),
        advanced AS (
          UPDATE sessions AS t
          SET refresh_counter = t.refresh_counter + 1, refreshed_at = ${now}, last_seen_at = ${now},
              ip = ${client.ip}, user_agent = ${client.userAgent},
              idle_expires_at = greatest(t.idle_expires_at, ${idleEnd})
          FROM counted
          WHERE t.id = ${id} AND t.refresh_counter = ${counter} AND t.ended_at IS NULL
            AND t.idle_expires_at > ${now} AND t.absolute_expires_at > ${now}
          RETURNING t.*)
        SELECT (SELECT expire FROM counted) AS "end", ${this.columns.list}, ${this.users.columns.list}
        FROM (SELECT) AS always LEFT JOIN advanced s ON true LEFT JOIN users u ON u.id = s.user_id`,
    );
    const session = this.columns.read(row!);
    return { ends: [row!.end], session, user: session && this.users.columns.read(row!) };
  }
}
