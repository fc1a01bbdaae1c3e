import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { Public } from '../../access/access.decorators.js';
import { ChangeFeed } from '../database/change-feed.js';
import { HealthDto, ReadinessDto } from './health.dto.js';
import { ReadinessService } from './readiness.service.js';

/** For load balancers and orchestrators. They learn whether, and of why only that the database cannot be written (ASVS 13.4.5). */
@ApiTags('Health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: ReadinessService,
    private readonly changes: ChangeFeed,
  ) {}

  /** The process runs and answers. If it does not, restart it. */
  @Get('live')
  @ApiOkResponse({ type: HealthDto })
  live(): HealthDto {
    return { status: 'ok' };
  }

  /** The instance can do its work. If it cannot, send requests elsewhere. */
  @Get('ready')
  @ApiOkResponse({ type: ReadinessDto })
  @ApiProblems('service_unavailable')
  async ready(): Promise<ReadinessDto> {
    await this.readiness.assertReady();
    // Another instance would be told no more: to take this one out of service would take out all of them.
    return { status: 'ok', changeFeed: this.changes.isLive ? 'live' : 'down' };
  }
}
