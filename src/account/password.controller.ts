import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { ApiProblems } from '../http/api-problems.decorator.js';
import {
  type CallingActor,
  CurrentActor,
  type SignedInActor,
} from '../http/current-actor.decorator.js';
import { PasswordChangeService } from './password-change.service.js';
import { ChangePasswordDto, ConfirmResetDto, RequestResetDto } from './password.dto.js';
import { PasswordResetService } from './password-reset.service.js';

@ApiTags('Account')
@Controller('api/account/password')
export class PasswordController {
  constructor(
    private readonly changes: PasswordChangeService,
    private readonly resets: PasswordResetService,
  ) {}

  /** Change your password. Every other session ends. */
  @Post('change')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('conflict', 'too_many_requests', 'hash_queue_full')
  async change(
    @CurrentActor() actor: SignedInActor,
    @Body() { currentPassword, newPassword }: ChangePasswordDto,
  ): Promise<void> {
    await this.changes.changePassword(actor, currentPassword, newPassword);
  }

  /** Forgot the password: have a link sent to choose a new one. */
  @Public()
  @Post('reset')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'The same whether or not there is an account.' })
  @ApiProblems('mail_disabled', 'too_many_requests')
  async request(
    @CurrentActor() actor: CallingActor,
    @Body() { email }: RequestResetDto,
  ): Promise<void> {
    await this.resets.request(actor, email);
  }

  /**
   * Choose a new password, with the token that was mailed. All sessions end, and connected identities are removed
   * unless they are named.
   */
  @Public()
  @Post('reset/confirm')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('invalid_link', 'hash_queue_full')
  async confirm(
    @CurrentActor() actor: CallingActor,
    @Body() { token, newPassword, keepIdentities }: ConfirmResetDto,
  ): Promise<void> {
    await this.resets.confirm(actor, token, newPassword, keepIdentities);
  }
}
