import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { TokensDto } from '../auth/tokens.dto.js';
import { TokensService } from '../auth/tokens.service.js';
import { Public } from '../common/access.decorators.js';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { type CallingActor, CurrentActor } from '../common/current-actor.decorator.js';
import { ApiPage, type Page } from '../common/page.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { AllowedRedirectUris } from './allowed-redirect-uris.js';
import { FederatedSignInService } from './federated-sign-in.service.js';
import {
  ProviderDto,
  SignInWithProviderDto,
  StartedFederationDto,
  StartFederationDto,
} from './federation.dto.js';

@ApiTags('Authentication')
@Controller('api/auth/federation')
export class FederationController {
  constructor(
    private readonly providers: IdentityProvidersService,
    private readonly signIns: FederatedSignInService,
    private readonly redirectUris: AllowedRedirectUris,
    private readonly tokens: TokensService,
  ) {}

  /** By whom people can sign in beside us. */
  @Public()
  @Get()
  @ApiPage(ProviderDto)
  async list(): Promise<Page<ProviderDto>> {
    const providers = await this.providers.shown();
    return { items: providers.map(({ name, label }) => ({ name, label })), nextCursor: null };
  }

  /** Begin to sign in with a provider: open the `authorizationUrl` in a browser, and keep the `handle`. */
  @Public()
  @Post(':provider/start')
  @HttpCode(200)
  @ApiOkResponse({ type: StartedFederationDto })
  @ApiProblems('not_found', 'too_many_requests', 'provider_answer_refused', 'provider_unavailable')
  async start(
    @CurrentActor() actor: CallingActor,
    @Param('provider') provider: string,
    @Body() { redirectUri }: StartFederationDto,
  ): Promise<StartedFederationDto> {
    this.redirectUris.assertAllowed(redirectUri);
    return this.signIns.begin(actor, provider, redirectUri);
  }

  /** Sign in with what the provider sent to the redirect URI. Opens an account for who has none. */
  @Public()
  @Post(':provider/complete')
  @HttpCode(200)
  @ApiOkResponse({ type: TokensDto })
  @ApiProblems(
    'federation_attempt_invalid',
    'invalid_credentials',
    'federation_declined',
    'registration_closed',
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
    @Body() { handle, emailToken, ...answer }: SignInWithProviderDto,
  ): Promise<TokensDto> {
    return this.tokens.issue(
      await this.signIns.complete(actor, provider, handle, answer, emailToken),
    );
  }
}
