import { Body, Controller, Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.decorators.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { CurrentActor, type SignedInActor } from '../../http/current-actor.decorator.js';
import { IdParam } from '../../http/id-param.decorator.js';
import { ApiPage, type Page } from '../../http/page.js';
import { IDENTITY_PROVIDERS } from '../../federation/identity-providers.permissions.js';
import { IdentityProviderDto } from './identity-provider.dto.js';
import {
  ChangeIdentityProviderDto,
  CreateIdentityProviderDto,
} from './identity-provider-fields.dto.js';
import { ProviderAdministrationService } from './provider-administration.service.js';

@ApiTags('Identity providers')
@Controller('api/identity-providers')
export class IdentityProvidersController {
  constructor(private readonly administration: ProviderAdministrationService) {}

  /** All providers that people can sign in with, also those of the environment, by label. */
  @RequirePermissions(IDENTITY_PROVIDERS.view)
  @Get()
  @ApiPage(IdentityProviderDto)
  async list(): Promise<Page<IdentityProviderDto>> {
    return { items: await this.administration.list(), nextCursor: null };
  }

  /** Add a provider. Its metadata is read first, at the issuer. */
  @RequirePermissions(IDENTITY_PROVIDERS.add)
  @Post()
  @ApiCreatedResponse({ type: IdentityProviderDto })
  @ApiProblems('recent_login_required', 'permission_denied', 'conflict', 'provider_name_taken')
  async create(
    @CurrentActor() actor: SignedInActor,
    @Body() body: CreateIdentityProviderDto,
  ): Promise<IdentityProviderDto> {
    return this.administration.create(actor, body);
  }

  /** A provider that was added here. */
  @RequirePermissions(IDENTITY_PROVIDERS.view)
  @Get(':id')
  @ApiOkResponse({ type: IdentityProviderDto })
  @ApiProblems('not_found')
  async get(@IdParam() id: string): Promise<IdentityProviderDto> {
    return this.administration.get(id);
  }

  /** Change a provider. What is left out stays as it is. */
  @RequirePermissions(IDENTITY_PROVIDERS.change)
  @Patch(':id')
  @ApiOkResponse({ type: IdentityProviderDto })
  @ApiProblems('recent_login_required', 'permission_denied', 'not_found', 'conflict')
  async change(
    @CurrentActor() actor: SignedInActor,
    @IdParam() id: string,
    @Body() body: ChangeIdentityProviderDto,
  ): Promise<IdentityProviderDto> {
    return this.administration.changeProvider(actor, id, body);
  }

  /** Delete a provider: nobody signs in with it any more. Accounts stay. */
  @RequirePermissions(IDENTITY_PROVIDERS.delete)
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  @ApiProblems('recent_login_required', 'not_found')
  async delete(@CurrentActor() actor: SignedInActor, @IdParam() id: string): Promise<void> {
    await this.administration.delete(actor, id);
  }
}
