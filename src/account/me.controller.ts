import { Body, Controller, Delete, Get, HttpCode, Patch } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { CurrentActor, type SignedInActor } from '../http/current-actor.decorator.js';
import { CurrentUser } from '../access/current-user.decorator.js';
import { AccountDto } from '../users/account.dto.js';
import { DeleteMeDto } from './delete-me.dto.js';
import { DeletionService } from './deletion.service.js';
import type { Principal } from '../access/principal.js';
import { ProfileService } from './profile.service.js';
import { UpdateMeDto } from './update-me.dto.js';

@ApiTags('Account')
@Controller('api/users/me')
export class MeController {
  constructor(
    private readonly profile: ProfileService,
    private readonly deletion: DeletionService,
  ) {}

  /** Your account. */
  @Get()
  @ApiOkResponse({ type: AccountDto })
  async get(@CurrentUser() principal: Principal): Promise<AccountDto> {
    return this.profile.get(principal);
  }

  /** Change your username and your names. What is left out stays as it is. */
  @Patch()
  @ApiOkResponse({ type: AccountDto })
  @ApiProblems('recent_login_required', 'username_taken', 'too_many_requests')
  async update(
    @CurrentActor() actor: SignedInActor,
    @Body() body: UpdateMeDto,
  ): Promise<AccountDto> {
    return this.profile.update(actor, body);
  }

  /** Delete your account, for good, with all its sessions. Asks for the password. */
  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('last_superuser', 'too_many_requests', 'hash_queue_full')
  async delete(@CurrentActor() actor: SignedInActor, @Body() body: DeleteMeDto): Promise<void> {
    await this.deletion.delete(actor, body.currentPassword);
  }
}
