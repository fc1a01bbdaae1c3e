import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { Public } from '../access/access.decorators.js';
import { type CallingActor, CurrentActor } from '../http/current-actor.decorator.js';
import { AccountPresenter } from '../permissions/account-presenter.js';
import { AccountDto } from '../users/account.dto.js';
import { RegisterDto } from './register.dto.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('Authentication')
@Controller('api/auth')
export class RegistrationController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly accounts: AccountPresenter,
  ) {}

  /** Open an account. The answer never tells whether the email address is in use. */
  @Public()
  @Post('register')
  @ApiCreatedResponse({ type: AccountDto })
  @ApiProblems('registration_closed', 'username_taken', 'too_many_requests', 'hash_queue_full')
  async register(
    @CurrentActor() actor: CallingActor,
    @Body() body: RegisterDto,
  ): Promise<AccountDto> {
    return this.accounts.present(await this.registration.register(actor, body));
  }
}
