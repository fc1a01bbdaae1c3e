import { Controller, Get, Header, Redirect, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import ms from 'ms';
import { Public } from '../../access/access.decorators.js';
import { PASSWORD_CHANGE_PATH, SECURITY_TXT_PATH } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { Assets } from './assets.js';

const FOR_A_DAY = 'public, max-age=86400';
/** RFC 9116 section 2.5.5 recommends less than a year. */
const VALID_FOR = ms('180d');

/** What browsers, crawlers and researchers look for at addresses that are the same on every site. */
@ApiExcludeController()
@Public()
@Controller()
export class WellKnownController {
  constructor(
    private readonly config: AppConfig,
    private readonly assets: Assets,
  ) {}

  /** Where password managers send people (W3C, "A Well-Known URL for Changing Passwords"). */
  @Get('.well-known/change-password')
  @Redirect(PASSWORD_CHANGE_PATH, 303)
  changePassword(): void {}

  @Get('favicon.ico')
  icon(@Res() reply: FastifyReply): void {
    const { type, body } = this.assets.icon;
    void reply.header('Cache-Control', FOR_A_DAY).type(type).send(body);
  }

  /** Pages to sign in with are nothing to find in a search. */
  @Get('robots.txt')
  @Header('Cache-Control', FOR_A_DAY)
  @Header('Content-Type', 'text/plain; charset=utf-8')
  robots(): string {
    return 'User-agent: *\nDisallow: /\n';
  }

  /** Where to report vulnerabilities (RFC 9116), once `SECURITY_CONTACT` says it. */
  @Get(SECURITY_TXT_PATH.slice(1))
  securityTxt(@Res() reply: FastifyReply): void {
    const { securityContact, publicUrl } = this.config;
    void reply.type('text/plain; charset=utf-8');
    if (securityContact === undefined) return void reply.status(404).send('Not found\n');
    const midnight = Math.floor(Date.now() / ms('1d')) * ms('1d');
    const fields = {
      Contact: securityContact,
      Expires: new Date(midnight + VALID_FOR).toISOString(),
      Canonical: publicUrl + SECURITY_TXT_PATH,
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
    void reply.header('Cache-Control', FOR_A_DAY).send(lines.join(''));
  }
}
