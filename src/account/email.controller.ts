import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/access.decorators.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import {
  type Actor,
  type CallingActor,
  CurrentActor,
  type SignedInActor,
} from '../common/current-actor.decorator.js';
import { EmailChangeService } from './email-change.service.js';
import { ChangeEmailDto, TokenDto } from './email.dto.js';
import { EmailProofService } from './email-proof.service.js';
import { EmailUndoService } from './email-undo.service.js';
import { EmailVerificationService } from './email-verification.service.js';

@ApiTags('Account')
@Controller('api/account/email')
export class EmailController {
  constructor(
    private readonly proof: EmailProofService,
    private readonly verification: EmailVerificationService,
    private readonly changes: EmailChangeService,
    private readonly undoing: EmailUndoService,
  ) {}

  /** Prove that you read mail at an address, with the token that was sent there. */
  @Public()
  @Post('verify')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('invalid_link')
  async verify(@CurrentActor() actor: Actor, @Body() { token }: TokenDto): Promise<void> {
    await this.proof.confirm(actor, token);
  }

  /** Have the mail that asks you to prove your address sent again. */
  @Post('verify/resend')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A mail is on its way, unless the address is proven.' })
  @ApiProblems('mail_disabled', 'too_many_requests')
  async resend(@CurrentActor() actor: SignedInActor & CallingActor): Promise<void> {
    await this.verification.resend(actor);
  }

  /** Move your account to another address: a link is sent there, and the old address stays until it is used. */
  @Post('change')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'The same whether or not the address is in use.' })
  @ApiProblems('mail_disabled', 'conflict', 'too_many_requests', 'hash_queue_full')
  async change(
    @CurrentActor() actor: SignedInActor & CallingActor,
    @Body() { newEmail, currentPassword }: ChangeEmailDto,
  ): Promise<void> {
    await this.changes.ask(actor, newEmail, currentPassword);
  }

  /** Take a change of address back, with the token that was sent to the old one. */
  @Public()
  @Post('undo')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('invalid_link', 'hash_queue_full')
  async undo(@CurrentActor() actor: Actor, @Body() { token }: TokenDto): Promise<void> {
    await this.undoing.undo(actor, token);
  }
}
