import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { type CallingActor, CurrentActor } from '../http/current-actor.decorator.js';
import { CredentialsDto } from './credentials.dto.js';
import { EmailVerificationService } from './email-verification.service.js';

@ApiTags('Authentication')
@Controller('api/auth')
export class VerificationController {
  constructor(private readonly verification: EmailVerificationService) {}

  /** Have the mail that asks you to prove your address sent again, when you cannot sign in before. */
  @Public()
  @Post('verification')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A mail is on its way, unless the address is proven.' })
  @ApiProblems('invalid_credentials', 'mail_disabled', 'too_many_requests', 'hash_queue_full')
  async resend(
    @CurrentActor() actor: CallingActor,
    @Body() { username, password }: CredentialsDto,
  ): Promise<void> {
    await this.verification.resendWithPassword(actor, username, password);
  }
}
