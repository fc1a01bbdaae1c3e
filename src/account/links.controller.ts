import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { usernameInAnswer } from '../users/usernames.js';
import { TokenDto } from './email.dto.js';
import { LinkedAccountDto } from './linked-account.dto.js';
import { LinkedAccountsService } from './linked-accounts.service.js';

@ApiTags('Account')
@Controller('api/account/links')
export class LinksController {
  constructor(private readonly accounts: LinkedAccountsService) {}

  /** What a mailed link is for, to be shown before it is used. Using it up is another request. */
  @Public()
  @Post('describe')
  @HttpCode(200)
  @ApiOkResponse({ type: LinkedAccountDto })
  @ApiProblems('invalid_link')
  async describe(@Body() { token }: TokenDto): Promise<LinkedAccountDto> {
    const {
      userId: _userId,
      isFirstProof: _isFirstProof,
      ...shown
    } = await this.accounts.find(token);
    return { ...shown, username: usernameInAnswer(shown.username) };
  }
}
