import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { Public } from '../common/access.decorators.js';
import { PermissionsService } from '../permissions/permissions.service.js';
import { AccountDto } from '../users/account.dto.js';
import { RegisterDto } from './register.dto.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('Authentication')
@Controller('api/auth')
export class RegistrationController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly permissions: PermissionsService,
  ) {}

  /** Open an account. The answer never tells whether the email address is in use. */
  @Public()
  @Post('register')
  @ApiCreatedResponse({ type: AccountDto })
  @ApiProblems('registration_closed', 'username_taken', 'hash_queue_full')
  async register(@Body() body: RegisterDto): Promise<AccountDto> {
    const user = await this.registration.register(body);
    return AccountDto.of(user, await this.permissions.of(user.id));
  }
}
