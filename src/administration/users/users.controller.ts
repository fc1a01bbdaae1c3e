import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Query,
  type StreamableFile,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.decorators.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { AppError } from '../../http/app-error.js';
import { ApiCsv } from '../../http/csv-download.js';
import { CurrentActor, type SignedInActor } from '../../http/current-actor.decorator.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { ApiPage, type Page } from '../../http/page.js';
import { USERS } from '../../permissions/users.permissions.js';
import { UsersService } from '../../users/users.service.js';
import { ChangeUserDto } from './change-user.dto.js';
import { CreateUserDto } from './create-user.dto.js';
import { UserActionsService } from './user-actions.service.js';
import { UserChangeService } from './user-change.service.js';
import { UserCreationService } from './user-creation.service.js';
import { UserExportService } from './user-export.service.js';
import { UserPresenter } from './user-presenter.js';
import { UserDto } from './user.dto.js';
import { UserListService } from './user-list.service.js';
import { UserExportQueryDto, UserQueryDto } from './user-query.dto.js';

@ApiTags('Users')
@Controller('api/users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly presenter: UserPresenter,
    private readonly lists: UserListService,
    private readonly exports: UserExportService,
    private readonly creation: UserCreationService,
    private readonly changes: UserChangeService,
    private readonly actions: UserActionsService,
  ) {}

  /** Find accounts. */
  @RequirePermissions(USERS.view)
  @Get()
  @ApiPage(UserDto)
  @ApiProblems('validation_failed')
  async list(@Query() query: UserQueryDto): Promise<Page<UserDto>> {
    return this.lists.list(query);
  }

  /** Export accounts as a CSV file. */
  @RequirePermissions(USERS.view)
  @Get('export')
  @ApiCsv('The accounts, one a line, after a line with the names of the columns.')
  @ApiProblems('recent_login_required', 'permission_denied', 'validation_failed')
  async export(
    @CurrentActor() actor: SignedInActor,
    @Query() query: UserExportQueryDto,
  ): Promise<StreamableFile> {
    return this.exports.exportUsers(actor, query);
  }

  /** Add an account, without a password. Its owner is sent an invitation to choose one. */
  @RequirePermissions(USERS.add)
  @Post()
  @ApiCreatedResponse({ type: UserDto })
  @ApiProblems('recent_login_required', 'permission_denied', 'username_taken')
  async create(
    @CurrentActor() actor: SignedInActor,
    @Body() body: CreateUserDto,
  ): Promise<UserDto> {
    const { user } = await this.creation.create(actor, body);
    return this.presenter.present(user);
  }

  /** An account. */
  @RequirePermissions(USERS.view)
  @Get(':id')
  @ApiOkResponse({ type: UserDto })
  @ApiProblems('not_found')
  async get(@IdParam() id: string): Promise<UserDto> {
    const user = await this.users.findById(id);
    if (!user) throw new AppError('not_found');
    return this.presenter.present(user);
  }

  /** Change an account that can do no more than you. What is left out stays as it is. */
  @RequirePermissions(USERS.change)
  @Patch(':id')
  @ApiOkResponse({ type: UserDto })
  @ApiProblems(
    'recent_login_required',
    'permission_denied',
    'not_found',
    'username_taken',
    'last_superuser',
  )
  async change(
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
    @Body() body: ChangeUserDto,
  ): Promise<UserDto> {
    return this.presenter.present(await this.changes.changeUser(actor, id, body));
  }

  /** Delete an account that can do no more than you, for good, with its sessions. */
  @RequirePermissions(USERS.delete)
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('recent_login_required', 'permission_denied', 'not_found', 'last_superuser')
  async delete(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<void> {
    await this.actions.performOn(actor, 'delete', id);
  }
}
