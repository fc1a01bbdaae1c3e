import { Body, Controller, Get, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type Finding } from '../http/app-error.js';
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
import { RefreshCookie } from './refresh-cookie.js';
import { RefreshService } from './refresh.service.js';
import { TokensDto } from './tokens.dto.js';
import { TokensService } from './tokens.service.js';

const REFRESH_TOKEN_REQUIRED: Finding = {
  field: 'refreshToken',
  code: 'required',
  message: 'This field is required.',
};

@ApiTags('Authentication')
@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly loginService: LoginService,
    private readonly refreshService: RefreshService,
    private readonly logoutService: LogoutService,
    private readonly tokens: TokensService,
    private readonly refreshCookie: RefreshCookie,
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
    'cross_site_request',
    'email_not_verified',
    'too_many_requests',
    'hash_queue_full',
    'service_unavailable',
  )
  async login(
    @Req() { user, body }: { user: AuthenticatedUser; body: LoginDto },
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentClient() client: Client,
  ): Promise<TokensDto> {
    const opened = await this.loginService.complete({ origin: 'api', client }, user);
    const tokens = await this.tokens.issue(opened);
    return this.refreshCookie.deliver(reply, tokens, opened.session, body.refreshTokenIn);
  }

  /**
   * Exchange a refresh token for new tokens. A used token that is sent again within ten seconds
   * returns the same successor; later it ends the whole session. The refresh token is in the body, or in the cookie of
   * a sign-in with `refreshTokenIn`: then so is the next one, and the page that asks is of `PUBLIC_URL` or `CORS_ORIGINS`.
   */
  @Public()
  @Post('refresh')
  @HttpCode(200)
  @ApiOkResponse({ type: TokensDto })
  @ApiProblems('invalid_refresh_token', 'cross_site_request', 'too_many_requests')
  async refresh(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: RefreshDto,
    @CurrentClient() client: Client,
  ): Promise<TokensDto> {
    const place = body.refreshToken === undefined ? 'cookie' : 'body';
    const token = body.refreshToken ?? this.refreshCookie.tokenIn(request);
    if (token === undefined) throw AppError.validation([REFRESH_TOKEN_REQUIRED]);
    const refreshed = await this.refreshService.refresh(token, client);
    const tokens = await this.tokens.issue(refreshed);
    return this.refreshCookie.deliver(reply, tokens, refreshed.session, place);
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
   * that is not known, or whose session has ended, is 204 as well (RFC 7009). Without one in the body, that of the cookie
   * counts, under the conditions of a refresh; the cookie is cleared.
   */
  @Public()
  @UseGuards(LogoutGuard)
  @Post('logout')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiBody({ type: LogoutDto, required: false })
  @ApiNoContentResponse()
  @ApiProblems('authentication_required', 'invalid_token', 'cross_site_request')
  async logout(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @CurrentActor() actor: CallingActor,
    @Body() body: LogoutDto,
  ): Promise<void> {
    await this.logoutService.logout(actor);
    if (body.refreshToken !== undefined) {
      return this.logoutService.revoke(body.refreshToken, actor.client);
    }
    const tokens = this.refreshCookie.tokensIn(request);
    for (const token of tokens) await this.logoutService.revoke(token, actor.client);
    if (tokens.length > 0) this.refreshCookie.clear(reply);
  }

  /** Who am I: the user and session behind the access token, from memory. */
  @Get('session')
  @ApiOkResponse({ type: PrincipalDto })
  session(@CurrentUser() principal: Principal): PrincipalDto {
    return PrincipalDto.of(principal);
  }
}
