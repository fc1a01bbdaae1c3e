import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/access.decorators.js';
import { AppError } from '../../http/app-error.js';
import { withoutQuery } from '../../common/url-parts.js';
import { Assets } from './assets.js';

/** Style sheets and scripts. Their names change with their content, so they are kept for a year. */
@ApiExcludeController()
@Public()
@Controller('assets')
export class AssetsController {
  constructor(private readonly assets: Assets) {}

  @Get(':name')
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const asset = this.assets.find(withoutQuery(request.url));
    if (!asset) throw new AppError('not_found');
    void reply
      .header('Cache-Control', 'public, max-age=31536000, immutable')
      .type(asset.type)
      .send(asset.body);
  }
}
