import { Body, Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import {
  type CallingActor,
  CurrentActor,
  type SignedInActor,
} from '../http/current-actor.decorator.js';
import { CurrentClient, type Client } from '../http/current-client.decorator.js';
import { CurrentUser } from '../access/current-user.decorator.js';
import type { Principal } from '../access/principal.js';
import { Public } from '../access/access.decorators.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { LocalAuthGuard } from './local-auth.guard.js';
import { LoginDto } from './login.dto.js';
import { LoginService } from './login.service.js';
import { LogoutGuard } from './logout.guard.js';
import { LogoutService } from './logout.service.js';
import { PrincipalDto } from './principal.dto.js';
import { ReauthenticateDto } from './reauthenticate.dto.js';
import { LogoutDto, RefreshDto } from './refresh.dto.js';
import { RefreshService } from './refresh.service.js';
import { TokensDto } from './tokens.dto.js';
import { TokensService } from './tokens.service.js';

@ApiTags('Authentication')
@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly loginService: LoginService,
    private readonly refreshService: RefreshService,
    private readonly logoutService: LogoutService,
    private readonly tokens: TokensService,
  ) {}

  /** Sign in with username or email address, and password. */
  @Public()
  @UseGuards(LocalAuthGuard)
  @Post('login')
  @HttpCode(200)
  @ApiBody({ type: LoginDto })
  @ApiOkResponse({ type: TokensDto })
  @ApiProblems(
    'invalid_credentials',
    'email_not_verified',
    'too_many_requests',
    'hash_queue_full',
    'service_unavailable',
  )
  async login(
    @Req() request: { user: AuthenticatedUser },
    @CurrentClient() client: Client,
  ): Promise<TokensDto> {
    return this.tokens.issue(
      await this.loginService.complete({ origin: 'api', client }, request.user),
    );
  }

  /**
   * Exchange a refresh token for new tokens. A used token that is sent again within ten seconds
   * returns the same successor; later it ends the whole session.
   */
  @Public()
  @Post('refresh')
  @HttpCode(200)
  @ApiOkResponse({ type: TokensDto })
  @ApiProblems('invalid_refresh_token', 'too_many_requests')
  async refresh(@Body() body: RefreshDto, @CurrentClient() client: Client): Promise<TokensDto> {
    return this.tokens.issue(await this.refreshService.refresh(body.refreshToken, client));
  }

  /**
   * Sign in again with the password, without a new session: this one counts as recent (`recent_login_required`).
   */
  @Post('reauthenticate')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('email_not_verified', 'too_many_requests', 'hash_queue_full')
  async reauthenticate(
    @CurrentActor() actor: SignedInActor,
    @Body() { password }: ReauthenticateDto,
  ): Promise<void> {
    const found = await this.loginService.authenticateAgain(actor, password, 'password');
    await this.loginService.renew(actor, found);
  }

  /**
   * Sign out: the session ends at once, on every instance, with its access and refresh tokens. The access token of
   * the header names it, or the refresh token of the body, also once the access token has expired. A refresh token
   * that is not known, or whose session has ended, is 204 as well (RFC 7009).
   */
  @Public()
  @UseGuards(LogoutGuard)
  @Post('logout')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiBody({ type: LogoutDto, required: false })
  @ApiNoContentResponse()
  @ApiProblems('authentication_required', 'invalid_token')
  async logout(@CurrentActor() actor: CallingActor, @Body() body: LogoutDto): Promise<void> {
    await this.logoutService.logout(actor);
    if (body.refreshToken !== undefined) {
      await this.logoutService.revoke(body.refreshToken, actor.client);
    }
  }

  /** Who am I: the user and session behind the access token, from memory. */
  @Get('session')
  @ApiOkResponse({ type: PrincipalDto })
  session(@CurrentUser() principal: Principal): PrincipalDto {
    return principal as PrincipalDto;
  }
}
