import { Injectable, type StreamableFile } from '@nestjs/common';
import { type CsvColumns, csvDownload } from '../http/csv-download.js';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import { everyPage } from '../http/page.js';
import { assertRecentLogin } from '../http/recent-login.js';
import type { AuditEventDto } from './audit-event.dto.js';
import type { AuditExportQueryDto } from './audit-query.dto.js';
import { AuditService } from './audit.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { usernameInAnswer } from '../users/usernames.js';
import { AuditTrailService } from './audit-trail.service.js';

const COLUMNS: CsvColumns<AuditEventDto> = {
  id: ({ id }) => id,
  occurredAt: ({ occurredAt }) => occurredAt,
  action: ({ action }) => action,
  origin: ({ origin }) => origin,
  actorId: ({ actor }) => actor?.id,
  actorUsername: ({ actor }) => usernameInAnswer(actor?.username ?? null),
  subjectType: ({ subject }) => subject.type,
  subjectId: ({ subject }) => subject.id,
  subjectName: ({ subject }) => subject.name,
  ip: ({ ip }) => ip,
  userAgent: ({ userAgent }) => userAgent,
  requestId: ({ requestId }) => requestId,
  reason: ({ reason }) => reason,
  changes: ({ changes }) => changes,
};

/** Exports the audit trail. */
@Injectable()
export class AuditExportService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly trail: AuditTrailService,
    private readonly audit: AuditService,
  ) {}

  /** Records the export, then streams the events. Throws `AppError` 403 `recent_login_required`. */
  async exportEvents(actor: SignedInActor, query: AuditExportQueryDto): Promise<StreamableFile> {
    assertRecentLogin(actor);
    const { ...filters } = query;
    await this.recordExport(actor, 'audit', filters);
    const pages = everyPage((page) => this.trail.list({ ...filters, ...page }));
    return csvDownload('audit', COLUMNS, pages);
  }

  /** Records that a list leaves the application. The values of its filters may be personal: their names are kept. */
  async recordExport(
    actor: SignedInActor,
    list: 'audit' | 'users',
    filters: object,
  ): Promise<void> {
    const given = Object.entries(filters).filter(([, value]) => value !== undefined);
    const names = given.map(([name]) => name).toSorted();
    await this.dataSource.transaction((tx) =>
      this.audit.recordEvent(
        tx,
        `${list}.exported`,
        actor,
        { type: list, id: 'all' },
        { changes: { filters: { old: null, new: names } } },
      ),
    );
  }
}
