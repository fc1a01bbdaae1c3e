import { Controller, Get, Query, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../access/access.decorators.js';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { ApiCsv } from '../http/csv-download.js';
import { CurrentActor, type SignedInActor } from '../http/current-actor.decorator.js';
import { ApiPage, type Page } from '../http/page.js';
import { AuditEventDto } from './audit-event.dto.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditExportQueryDto, AuditQueryDto } from './audit-query.dto.js';
import { AuditTrailService } from './audit-trail.service.js';
import { AUDIT } from './audit.permissions.js';
import { usernameInAnswer } from '../users/usernames.js';

@ApiTags('Audit')
@Controller('api/audit-events')
export class AuditController {
  constructor(
    private readonly trail: AuditTrailService,
    private readonly exports: AuditExportService,
  ) {}

  /** What happened, newest first. */
  @RequirePermissions(AUDIT.view)
  @Get()
  @ApiPage(AuditEventDto)
  @ApiProblems('validation_failed')
  async list(@Query() query: AuditQueryDto): Promise<Page<AuditEventDto>> {
    const page = await this.trail.list(query);
    return { ...page, items: page.items.map(withoutHiddenName) };
  }

  /** Export what happened as a CSV file, newest first. */
  @RequirePermissions(AUDIT.view)
  @Get('export')
  @ApiCsv('The events, one a line, after a line with the names of the columns.')
  @ApiProblems('recent_login_required', 'permission_denied', 'validation_failed')
  async export(
    @CurrentActor() actor: SignedInActor,
    @Query() query: AuditExportQueryDto,
  ): Promise<StreamableFile> {
    return this.exports.exportEvents(actor, query);
  }
}

/** The pages name the caller by the address, where the API has no username to give. */
function withoutHiddenName(event: AuditEventDto): AuditEventDto {
  const { actor } = event;
  const shown = actor && { id: actor.id, username: usernameInAnswer(actor.username) };
  return Object.assign(event, { actor: shown });
}
