import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RefreshCookie } from '../auth/refresh-cookie.js';
import { TokensDto } from '../auth/tokens.dto.js';
import { TokensService } from '../auth/tokens.service.js';
import { Public } from '../access/access.decorators.js';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { AppError } from '../http/app-error.js';
import {
  type CallingActor,
  CurrentActor,
  type SignedInActor,
} from '../http/current-actor.decorator.js';
import { ApiPage, type Page } from '../http/page.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { AllowedRedirectUris } from './allowed-redirect-uris.js';
import { FederatedAnswersService } from './federated-answers.service.js';
import { FederatedReauthenticationService } from './federated-reauthentication.service.js';
import { FederatedSignInService } from './federated-sign-in.service.js';
import {
  ProviderDto,
  SignInWithProviderDto,
  StartedFederationDto,
  StartSignInDto,
} from './federation.dto.js';

@ApiTags('Authentication')
@Controller('api/auth/federation')
export class FederationController {
  constructor(
    private readonly providers: IdentityProvidersService,
    private readonly signIns: FederatedSignInService,
    private readonly reauthentication: FederatedReauthenticationService,
    private readonly answers: FederatedAnswersService,
    private readonly redirectUris: AllowedRedirectUris,
    private readonly tokens: TokensService,
    private readonly refreshCookie: RefreshCookie,
  ) {}

  /** By whom people can sign in beside us. */
  @Public()
  @Get()
  @ApiPage(ProviderDto)
  async list(): Promise<Page<ProviderDto>> {
    const providers = await this.providers.shown();
    return { items: providers.map(({ name, label }) => ({ name, label })), nextCursor: null };
  }

  /**
   * Begin to sign in with a provider: open the `authorizationUrl` in a browser, and keep the `handle`. A signed-in
   * caller may ask for `reauthenticate` instead, with a provider that tells when its users signed in.
   */
  @Public({ user: 'optional' })
  @Post(':provider/start')
  @HttpCode(200)
  @ApiOkResponse({ type: StartedFederationDto })
  @ApiProblems(
    'authentication_required',
    'invalid_token',
    'not_found',
    'too_many_requests',
    'provider_answer_refused',
    'provider_unavailable',
  )
  async start(
    @CurrentActor() actor: CallingActor,
    @Param('provider') provider: string,
    @Body() { redirectUri, purpose }: StartSignInDto,
  ): Promise<StartedFederationDto> {
    this.redirectUris.assertAllowed(redirectUri);
    if (purpose !== 'reauthenticate') return this.signIns.begin(actor, provider, redirectUri);
    if (!actor.principal) throw new AppError('authentication_required');
    return this.reauthentication.begin(actor as SignedInActor, provider, redirectUri);
  }

  /**
   * Sign in with what the provider sent to the redirect URI; an account is opened where there is none. What was
   * begun to `reauthenticate` renews the caller's session, and answers 204.
   */
  @Public({ user: 'optional' })
  @Post(':provider/complete')
  @HttpCode(200)
  @ApiOkResponse({ type: TokensDto })
  @ApiNoContentResponse({ description: 'The session of the caller counts as recent.' })
  @ApiProblems(
    'federation_attempt_invalid',
    'invalid_credentials',
    'invalid_token',
    'cross_site_request',
    'federation_declined',
    'federation_not_recent',
    'registration_closed',
    'registration_refused',
    'email_not_verified',
    'not_found',
    'federation_sign_in_to_link',
    'too_many_requests',
    'provider_answer_refused',
    'provider_unavailable',
  )
  async complete(
    @CurrentActor() actor: CallingActor,
    @Param('provider') provider: string,
    @Body() { handle, emailToken, refreshTokenIn, ...answer }: SignInWithProviderDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokensDto | undefined> {
    if (refreshTokenIn === 'cookie') this.refreshCookie.assertOwnPage(request);
    const opened = await this.answers.takeFromProgram(actor, provider, handle, answer, emailToken);
    if (opened) {
      const tokens = await this.tokens.issue(opened);
      return this.refreshCookie.deliver(reply, tokens, opened.session, refreshTokenIn);
    }
    void reply.status(204);
    return undefined;
  }
}
