import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { type Actor, CurrentActor, type SignedInActor } from '../http/current-actor.decorator.js';
import { EmailChangeService } from './email-change.service.js';
import { EmailConfirmationService } from './email-confirmation.service.js';
import { ChangeEmailDto, ConfirmEmailDto, TokenDto, UndoEmailChangeDto } from './email.dto.js';
import { EmailUndoService } from './email-undo.service.js';
import { EmailVerificationService } from './email-verification.service.js';
import { PasswordResetService } from './password-reset.service.js';

@ApiTags('Account')
@Controller('api/account/email')
export class EmailController {
  constructor(
    private readonly confirmations: EmailConfirmationService,
    private readonly verification: EmailVerificationService,
    private readonly resets: PasswordResetService,
    private readonly changes: EmailChangeService,
    private readonly undoing: EmailUndoService,
  ) {}

  /**
   * Prove that you read email at an address, with the token that was sent there. The first proof ends all sessions but
   * the caller's and removes connected identities that are not named. An account without a password needs an access
   * token of its own. Send the access token or the password where you can: the token alone leaves the password as it is,
   * whoever chose it.
   */
  @Public({ user: 'optional' })
  @Post('verify')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems(
    'invalid_link',
    'invalid_token',
    'invalid_credentials',
    'sign_in_to_confirm',
    'conflict',
    'too_many_requests',
    'hash_queue_full',
  )
  async verify(
    @CurrentActor() actor: Actor,
    @Body() { token, ...holding }: ConfirmEmailDto,
  ): Promise<void> {
    await this.confirmations.confirm(actor, token, { ...holding, linkAlone: true });
  }

  /**
   * Exchange that token for one that chooses a new password, if you do not know the password of the account. Send it to
   * `/api/account/password/reset/confirm`.
   */
  @Public()
  @Post('verify/password')
  @HttpCode(200)
  @ApiOkResponse({ type: TokenDto })
  @ApiProblems('invalid_link')
  async choosePassword(@Body() { token }: TokenDto): Promise<TokenDto> {
    return { token: await this.resets.exchange(token) };
  }

  /** Have the mail that asks you to prove your address sent again. */
  @Post('verify/resend')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A mail is on its way, unless the address is proven.' })
  @ApiProblems('mail_disabled', 'too_many_requests')
  async resend(@CurrentActor() actor: SignedInActor): Promise<void> {
    await this.verification.resend(actor);
  }

  /** Move your account to another address: a link is sent there, and the old address stays until it is used. */
  @Post('change')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'The same whether or not the address is in use.' })
  @ApiProblems('mail_disabled', 'conflict', 'too_many_requests', 'hash_queue_full')
  async change(
    @CurrentActor() actor: SignedInActor,
    @Body() { newEmail, currentPassword }: ChangeEmailDto,
  ): Promise<void> {
    await this.changes.requestEmailChange(actor, newEmail, currentPassword);
  }

  /**
   * Take a change of address back, with the token that was sent to the old one. All sessions end, the password
   * becomes an unknown one, and connected identities are removed unless they are named.
   */
  @Public()
  @Post('undo')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('invalid_link', 'hash_queue_full')
  async undo(
    @CurrentActor() actor: Actor,
    @Body() { token, keepIdentities }: UndoEmailChangeDto,
  ): Promise<void> {
    await this.undoing.undo(actor, token, keepIdentities);
  }
}
