import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.decorators.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { CurrentActor, type SignedInActor } from '../../http/current-actor.decorator.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { ApiPage, mapPage, type Page, PageQuery } from '../../http/page.js';
import { USERS } from '../../permissions/users.permissions.js';
import { SessionDto } from '../../sessions/session.dto.js';
import { SetPermissionsDto } from './set-permissions.dto.js';
import { SetRolesDto } from './set-roles.dto.js';
import { UserActionsService } from './user-actions.service.js';
import { UserPresenter } from './user-presenter.js';
import { UserDto } from './user.dto.js';
import { UserPermissionsDto } from './user-permissions.dto.js';
import { UserPowersService } from './user-powers.service.js';
import { UserSessionsService } from './user-sessions.service.js';

@ApiTags('Users')
@Controller('api/users/:id')
export class UserPowersController {
  constructor(
    private readonly presenter: UserPresenter,
    private readonly powers: UserPowersService,
    private readonly sessions: UserSessionsService,
    private readonly actions: UserActionsService,
  ) {}

  /** Give an account exactly these roles: roles that you have yourself. */
  @RequirePermissions(USERS.change)
  @Put('roles')
  @ApiOkResponse({ type: UserDto })
  @ApiProblems('recent_login_required', 'permission_denied', 'not_found')
  async setRoles(
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
    @Body() { roles }: SetRolesDto,
  ): Promise<UserDto> {
    return this.presenter.present(await this.powers.setRoles(actor, id, roles));
  }

  /** Grant an account exactly these permissions directly: permissions that you hold yourself. */
  @RequirePermissions(USERS.change)
  @Put('permissions')
  @ApiOkResponse({ type: UserDto })
  @ApiProblems('recent_login_required', 'permission_denied', 'not_found')
  async setPermissions(
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
    @Body() { permissions }: SetPermissionsDto,
  ): Promise<UserDto> {
    return this.presenter.present(await this.powers.setPermissions(actor, id, permissions));
  }

  /** What an account may do, and why: as a superuser, directly, or through which roles. */
  @RequirePermissions(USERS.view)
  @Get('permissions')
  @ApiOkResponse({ type: UserPermissionsDto })
  @ApiProblems('not_found', 'validation_failed')
  async explain(@IdParam() id: string, @Query() query: PageQuery): Promise<UserPermissionsDto> {
    return this.powers.explain(id, query);
  }

  /** Where an account is signed in, the latest sign-in first. */
  @RequirePermissions(USERS.change)
  @Get('sessions')
  @ApiPage(SessionDto)
  @ApiProblems('permission_denied', 'not_found', 'validation_failed')
  async listSessions(
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
    @Query() query: PageQuery,
  ): Promise<Page<SessionDto>> {
    return mapPage(await this.sessions.list(actor, id, query), (session) => SessionDto.of(session));
  }

  /** Sign an account out everywhere. */
  @RequirePermissions(USERS.change)
  @Delete('sessions')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('permission_denied', 'not_found')
  async endSessions(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<void> {
    await this.actions.performOn(actor, 'end-sessions', id);
  }

  /**
   * Have a link sent with which the owner chooses a password. Nobody else ever sees or sets one. As long as the account
   * has no password and never signed in, the link is another invitation, which ends the one before.
   */
  @RequirePermissions(USERS.change)
  @Post('password-reset')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A mail is on its way.' })
  @ApiProblems(
    'recent_login_required',
    'permission_denied',
    'mail_disabled',
    'not_found',
    'conflict',
  )
  async resetPassword(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<void> {
    await this.actions.performOn(actor, 'reset-password', id);
  }
}
