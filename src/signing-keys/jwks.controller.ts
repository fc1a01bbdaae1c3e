import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { JwksDto } from './jwks.dto.js';
import { SigningKeysService } from './signing-keys.service.js';

@ApiTags('Keys')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly signingKeys: SigningKeysService) {}

  /** The public keys of access tokens (RFC 7517), for services that verify them themselves. */
  @Public()
  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  @ApiOkResponse({ type: JwksDto })
  async jwks(): Promise<JwksDto> {
    return this.signingKeys.jwks();
  }
}
