import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-problems.decorator.js';
import { CurrentActor, type SignedInActor } from '../http/current-actor.decorator.js';
import { CurrentUser } from '../access/current-user.decorator.js';
import { IdParam } from '../http/id-param.decorator.js';
import { ApiPage, type Page } from '../http/page.js';
import type { Principal } from '../access/principal.js';
import { AccountIdentitiesService } from './account-identities.service.js';
import { AccountIdentityDto } from './account-identity.dto.js';
import { AllowedRedirectUris } from './allowed-redirect-uris.js';
import {
  CompleteFederationDto,
  StartedFederationDto,
  StartFederationDto,
} from './federation.dto.js';

@ApiTags('Account')
@Controller('api/account/identities')
export class AccountIdentitiesController {
  constructor(
    private readonly identities: AccountIdentitiesService,
    private readonly redirectUris: AllowedRedirectUris,
  ) {}

  /** Who you are at providers, as far as it opens this account. */
  @Get()
  @ApiPage(AccountIdentityDto)
  async list(@CurrentUser() principal: Principal): Promise<Page<AccountIdentityDto>> {
    const { identities } = await this.identities.overview(principal);
    return { items: identities, nextCursor: null };
  }

  /** Begin to connect who you are at a provider: open the `authorizationUrl`, and keep the `handle`. */
  @Post(':provider/start')
  @HttpCode(200)
  @ApiOkResponse({ type: StartedFederationDto })
  @ApiProblems(
    'recent_login_required',
    'not_found',
    'too_many_requests',
    'provider_answer_refused',
    'provider_unavailable',
  )
  async start(
    @CurrentActor() actor: SignedInActor,
    @Param('provider') provider: string,
    @Body() { redirectUri }: StartFederationDto,
  ): Promise<StartedFederationDto> {
    this.redirectUris.assertAllowed(redirectUri);
    return this.identities.begin(actor, provider, redirectUri);
  }

  /** Connect it, with what the provider sent to the redirect URI. In the session that began it. */
  @Post(':provider/complete')
  @ApiCreatedResponse({ type: AccountIdentityDto })
  @ApiProblems(
    'federation_attempt_invalid',
    'federation_declined',
    'not_found',
    'identity_taken',
    'conflict',
    'provider_answer_refused',
    'provider_unavailable',
  )
  async complete(
    @CurrentActor() actor: SignedInActor,
    @Param('provider') provider: string,
    @Body() { handle, ...answer }: CompleteFederationDto,
  ): Promise<AccountIdentityDto> {
    return this.identities.complete(actor, provider, handle, answer);
  }

  /** Disconnect one. The last way to sign in stays: choose a password first. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('recent_login_required', 'not_found', 'last_way_in')
  async disconnect(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<void> {
    await this.identities.disconnect(actor, id);
  }
}
