import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../common/access.decorators.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { ApiPage, type Page } from '../common/page.js';
import { AuditEventDto } from './audit-event.dto.js';
import { AuditQueryDto } from './audit-query.dto.js';
import { AuditTrailService } from './audit-trail.service.js';
import { AUDIT } from './audit.permissions.js';

@ApiTags('Audit')
@Controller('api/audit-events')
export class AuditController {
  constructor(private readonly trail: AuditTrailService) {}

  /** What happened, newest first. */
  @RequirePermissions(AUDIT.view)
  @Get()
  @ApiPage(AuditEventDto)
  @ApiProblems('validation_failed')
  async list(@Query() query: AuditQueryDto): Promise<Page<AuditEventDto>> {
    return this.trail.list(query);
  }
}
