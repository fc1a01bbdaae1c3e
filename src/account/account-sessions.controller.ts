import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { CurrentActor, type SignedInActor } from '../http/current-actor.decorator.js';
import { CurrentUser } from '../access/current-user.decorator.js';
import { IdParam } from '../http/id-param.decorator.js';
import { ApiPage, mapPage, type Page, PageQuery } from '../http/page.js';
import type { Principal } from '../access/principal.js';
import { AccountSessionDto } from './account-session.dto.js';
import { AccountSessionsService } from './account-sessions.service.js';

@ApiTags('Account')
@Controller('api/account/sessions')
export class AccountSessionsController {
  constructor(private readonly sessions: AccountSessionsService) {}

  /** Where you are signed in, the latest sign-in first. */
  @Get()
  @ApiPage(AccountSessionDto)
  @ApiProblems('validation_failed')
  async list(
    @CurrentUser() { userId, sessionId }: Principal,
    @Query() query: PageQuery,
  ): Promise<Page<AccountSessionDto>> {
    const sessions = await this.sessions.list(userId, query);
    return mapPage(sessions, (session) => AccountSessionDto.ofCaller(session, sessionId));
  }

  /** Sign out on one device. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('not_found')
  async end(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<void> {
    await this.sessions.end(actor, id);
  }

  /** Sign out everywhere else. */
  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse()
  async endOthers(@CurrentActor() actor: SignedInActor): Promise<void> {
    await this.sessions.endOthers(actor);
  }
}
