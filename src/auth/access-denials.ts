import { Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import ms from 'ms';
import { AuditService } from '../audit/audit.service.js';
import { atMost } from '../common/at-most.js';
import { clientOf } from '../http/current-client.decorator.js';
import type { Principal } from '../access/principal.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { AccessTable } from './access-table.js';

const FORBIDDEN = 403;
const MAX_REMEMBERED = 10_000;

/**
 * Tells in the audit trail who was refused at a route that asks for a permission or a role (ASVS 16.3.2): of
 * one session and one route once a minute, so that nobody floods the trail.
 */
@Injectable()
export class AccessDenials {
  private readonly logger = new Logger('AccessDenials');
  private readonly told = new LRUCache<string, true>({
    ...atMost(MAX_REMEMBERED),
    ttl: ms('1m'),
  });
  private restricted: ReadonlySet<string> | undefined;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly table: AccessTable,
    private readonly audit: AuditService,
  ) {}

  /** Records an answer that denied access. To be called for every answer. */
  recordDenial(request: FastifyRequest & { user?: Principal }, status: number): void {
    const { user: principal } = request;
    if (status !== FORBIDDEN || !principal?.sessionId) return;
    const route = `${request.method} ${request.routeOptions.url}`;
    const once = `${principal.sessionId} ${route}`;
    if (!this.isRestricted(route) || this.told.has(once)) return;
    this.told.set(once, true);
    const origin = route.includes(' /api/') ? 'api' : 'page';
    const actor = { origin, principal, client: clientOf(request) } as const;
    this.audit
      .recordEvent(this.dataSource.manager, 'access.denied', actor, { type: 'route', id: route })
      .catch((error: Error) => this.logger.error(`A denial was not recorded: ${error.message}`));
  }

  private isRestricted(route: string): boolean {
    this.restricted ??= new Set(
      this.table.routes
        .filter(({ access }) => {
          const { permissions, anyPermission, roles } = access;
          return permissions.length + anyPermission.length + roles.length > 0;
        })
        .map(({ method, path }) => `${method} ${path}`),
    );
    return this.restricted.has(route);
  }
}
