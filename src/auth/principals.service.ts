import { Injectable } from '@nestjs/common';
import sql, { raw, type Sql } from 'sql-template-tag';
import type { Principal } from '../access/principal.js';
import { ChangeFeed } from '../platform/database/change-feed.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { LiveCache } from '../platform/database/live-cache.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { Metrics } from '../platform/metrics/metrics.service.js';
import { PERMISSIONS_OF_USER, ROLES_OF_USER } from '../permissions/permissions.sql.js';
import { nameInRow } from '../users/usernames.js';

/** Sessions in memory. */
const MAX_ENTRIES = 100_000;

interface Row {
  user_id: string;
  username: string;
  is_superuser: boolean;
  roles: string[];
  permissions: string[];
  authenticated_at: Date;
  amr: string[];
  expires_at: Date;
}

/** SQL: what a principal is made of. Every column in it is announced when it changes, by the triggers of migrations. */
export function principalOfSession(sessionId: string): Sql {
  return sql`
    SELECT s.user_id, ${nameInRow('u')} AS username, u.is_superuser, s.authenticated_at, s.amr,
           LEAST(s.idle_expires_at, s.absolute_expires_at) AS expires_at,
           ${raw(ROLES_OF_USER)} AS roles, ${raw(PERMISSIONS_OF_USER)} AS permissions
    FROM sessions s
    JOIN users u ON u.id = s.user_id
    WHERE s.id = ${sessionId} AND s.ended_at IS NULL AND u.is_active`;
}

/** Turns a session into the `Principal` of a request. The one place that decides whether a session counts. */
@Injectable()
export class PrincipalsService {
  /** By session; null for one that has ended. A guarded request needs no query as long as its session is in it. */
  private readonly cache: LiveCache<Principal | null>;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    changes: ChangeFeed,
    metrics: Metrics,
  ) {
    const cache = new LiveCache<Principal | null>(changes, {
      topics: { session: 'keys', user: 'owners' },
      load: (sessionId) => this.load(sessionId),
      ownerOf: (principal) => principal?.userId,
      // A session seems to end then. A refresh by another instance may have extended it since.
      expiryOf: (principal) => (principal ? Date.parse(principal.expiresAt) : Infinity),
      max: MAX_ENTRIES,
    });
    this.cache = cache;
    metrics.readFrom('gatehouse_principal_lookups_total', () => cache.lookups);
    metrics.readFrom('gatehouse_principal_cache_entries', () => cache.size);
  }

  /** The principal of a session that is alive and whose user is active, else null. */
  async ofSession(sessionId: string): Promise<Principal | null> {
    const principal = await this.cache.get(sessionId);
    return principal && Date.parse(principal.expiresAt) > Date.now() ? principal : null;
  }

  /** The same, if it is known without asking the database; else undefined. */
  knownOfSession(sessionId: string): Principal | undefined {
    return this.cache.known(sessionId) ?? undefined;
  }

  private async load(sessionId: string): Promise<Principal | null> {
    const statement = principalOfSession(sessionId);
    const [row] = await runPrepared<Row>(this.dataSource, 'principal_of_session', statement);
    return row
      ? Object.freeze({
          userId: row.user_id,
          username: row.username,
          roles: row.roles,
          permissions: row.permissions,
          isSuperuser: row.is_superuser,
          sessionId,
          authenticatedAt: row.authenticated_at.toISOString(),
          amr: row.amr,
          expiresAt: row.expires_at.toISOString(),
        })
      : null;
  }
}
