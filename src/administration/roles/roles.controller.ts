import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.decorators.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { CurrentActor, type SignedInActor } from '../../http/current-actor.decorator.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { ApiPage, type Page, PageQuery } from '../../http/page.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { PermissionDto } from './permission.dto.js';
import { RoleAdministrationService } from './role-administration.service.js';
import { RoleDto } from './role.dto.js';
import { ChangeRoleDto, CreateRoleDto } from './role-fields.dto.js';
import { RoleListService } from './role-list.service.js';
import { SetPermissionsDto } from '../users/set-permissions.dto.js';

@ApiTags('Roles')
@Controller('api')
export class RolesController {
  constructor(
    private readonly lists: RoleListService,
    private readonly administration: RoleAdministrationService,
  ) {}

  /** All roles, by name. */
  @RequirePermissions(ROLES.view)
  @Get('roles')
  @ApiPage(RoleDto)
  @ApiProblems('validation_failed')
  async list(@Query() query: PageQuery): Promise<Page<RoleDto>> {
    return this.lists.list(query);
  }

  /** Add a role. It grants nothing until it is given permissions. */
  @RequirePermissions(ROLES.add)
  @Post('roles')
  @ApiCreatedResponse({ type: RoleDto })
  @ApiProblems('role_name_taken')
  async create(
    @CurrentActor() actor: SignedInActor,
    @Body() body: CreateRoleDto,
  ): Promise<RoleDto> {
    return this.lists.get(await this.administration.create(actor, body));
  }

  /** A role. */
  @RequirePermissions(ROLES.view)
  @Get('roles/:id')
  @ApiOkResponse({ type: RoleDto })
  @ApiProblems('not_found')
  async get(@IdParam() id: string): Promise<RoleDto> {
    return this.lists.get(id);
  }

  /** Change the name or the description of a role. What is left out stays as it is. */
  @RequirePermissions(ROLES.change)
  @Patch('roles/:id')
  @ApiOkResponse({ type: RoleDto })
  @ApiProblems(
    'recent_login_required',
    'permission_denied',
    'not_found',
    'role_name_taken',
    'role_protected',
  )
  async change(
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
    @Body() body: ChangeRoleDto,
  ): Promise<RoleDto> {
    await this.administration.changeRole(actor, id, body);
    return this.lists.get(id);
  }

  /** Make a role grant exactly these permissions: permissions that you hold yourself. */
  @RequirePermissions(ROLES.change)
  @Put('roles/:id/permissions')
  @ApiOkResponse({ type: RoleDto })
  @ApiProblems('recent_login_required', 'permission_denied', 'not_found', 'role_protected')
  async setPermissions(
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
    @Body() { permissions }: SetPermissionsDto,
  ): Promise<RoleDto> {
    await this.administration.setPermissions(actor, id, permissions);
    return this.lists.get(id);
  }

  /** Delete a role, which takes it away from everybody. */
  @RequirePermissions(ROLES.delete)
  @Delete('roles/:id')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('permission_denied', 'not_found', 'role_protected')
  async delete(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<void> {
    await this.administration.delete(actor, id);
  }

  /** Everything that can be granted, by codename. */
  @RequirePermissions(ROLES.view)
  @Get('permissions')
  @ApiPage(PermissionDto)
  @ApiProblems('validation_failed')
  async permissions(@Query() query: PageQuery): Promise<Page<PermissionDto>> {
    return this.lists.permissions(query);
  }
}
