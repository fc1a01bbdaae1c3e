import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import type { Client } from '../common/current-client.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { EntityColumns } from '../database/entity-columns.js';
import { Statement } from '../database/statement.js';
import { COUNT_PARAMETERS, countInStatement } from '../throttling/limit-counters.sql.js';
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
  private readonly counted: Statement<{ end: string | null }>;
  private readonly uncounted: Statement<{ end: string | null }>;

  constructor(
    @InjectRepository(Session) sessions: Repository<Session>,
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly config: AppConfig,
  ) {
    this.columns = new EntityColumns(sessions, 's');
    const counting = countInStatement(1);
    this.counted = this.statement('sessions_rotate_counted', counting, 1 + COUNT_PARAMETERS);
    this.uncounted = this.statement('sessions_rotate', 'SELECT 0 AS expire', 1);
  }

  /**
   * Moves an alive session from one refresh counter to the next and extends its idle expiry, in one
   * statement, which counts it against a limit as well: of requests that come at once, exactly one succeeds.
   * @param counting the values for the limit; null when it is counted already
   */
  async advance(
    { id, counter }: { id: string; counter: number },
    client: Client,
    now: Date,
    counting: unknown[] | null,
  ): Promise<Rotated> {
    const idleEnd = new Date(now.getTime() + this.config.sessionIdleTtl);
    const statement = counting ? this.counted : this.uncounted;
    const values = [id, counter, now, client.ip, client.userAgent, idleEnd];
    const [row] = await statement.run(this.dataSource, [...(counting ?? []), ...values]);
    const session = this.columns.read(row!);
    return { ends: [row!.end], session, user: session && this.users.columns.read(row!) };
  }

  private statement(name: string, counting: string, first: number) {
    const [id, counter, now, ip, userAgent, idleEnd] = [0, 1, 2, 3, 4, 5].map(
      (offset) => `$${first + offset}`,
    );
    return new Statement<{ end: string | null }>(
      name,
      `WITH counted AS (${counting}),
       advanced AS (
         UPDATE sessions AS t
         SET refresh_counter = t.refresh_counter + 1, refreshed_at = ${now}, last_seen_at = ${now},
             ip = ${ip}, user_agent = ${userAgent}, idle_expires_at = greatest(t.idle_expires_at, ${idleEnd})
         FROM counted
         WHERE t.id = ${id} AND t.refresh_counter = ${counter} AND t.ended_at IS NULL
           AND t.idle_expires_at > ${now} AND t.absolute_expires_at > ${now}
         RETURNING t.*)
       SELECT (SELECT expire FROM counted) AS "end", ${this.columns.list}, ${this.users.columns.list}
       FROM (SELECT) AS always LEFT JOIN advanced s ON true LEFT JOIN users u ON u.id = s.user_id`,
    );
  }
}
