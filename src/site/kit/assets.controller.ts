import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../access/access.decorators.js';
import { AppError } from '../../http/app-error.js';
import { withoutQuery } from '../../common/url-parts.js';
import { EMAIL_LOGO_PATH } from '../../platform/email/email-frame.js';
import { Assets } from './assets.js';

/** Style sheets, scripts and pictures. Their names change with their content, so they are kept for a year. */
@ApiExcludeController()
@Public()
@Controller('assets')
export class AssetsController {
  constructor(private readonly assets: Assets) {}

  @Get(':name')
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const path = withoutQuery(request.url);
    const { emailLogo } = this.assets;
    if (path === EMAIL_LOGO_PATH && emailLogo) {
      return void reply
        .header('Cache-Control', 'public, max-age=86400')
        // Emails are read on other sites.
        .header('Cross-Origin-Resource-Policy', 'cross-origin')
        .type(emailLogo.type)
        .send(emailLogo.body);
    }
    const asset = this.assets.find(path);
    if (!asset) throw new AppError('not_found');
    void reply
      .header('Cache-Control', 'public, max-age=31536000, immutable')
      .type(asset.type)
      .send(asset.body);
  }
}
