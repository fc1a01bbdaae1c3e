import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '../config/app-config.js';

const SECONDS = 15 * 60;
const MAX_LENGTH = 256;

/**
 * Keeps the token of a mailed link while its page is open, so that it leaves the address bar before
 * anything is shown, and reaches no history, log or Referer (ATTACKS A42).
 */
@Injectable()
export class LinkCookie {
  private readonly isHttps: boolean;

  constructor({ publicUrl }: AppConfig) {
    this.isHttps = publicUrl.startsWith('https:');
  }

  /** Takes the token out of the address: stores it and redirects to the same page without it. */
  swap(reply: FastifyReply, page: string, token: string): void {
    this.set(reply, page, token.slice(0, MAX_LENGTH), SECONDS);
    void reply.redirect(page, 303);
  }

  /** The token of a page whose link was opened, else undefined. */
  read(request: FastifyRequest, page: string): string | undefined {
    return request.cookies[this.nameOf(page)] || undefined;
  }

  clear(reply: FastifyReply, page: string): void {
    this.set(reply, page, '', 0);
  }

  private set(reply: FastifyReply, page: string, value: string, maxAge: number): void {
    reply.setCookie(this.nameOf(page), value, {
      path: '/',
      httpOnly: true,
      secure: this.isHttps,
      // Lax, as the link is followed from a mail program or another site.
      sameSite: 'lax',
      maxAge,
    });
  }

  private nameOf(page: string): string {
    const name = `link${page.replaceAll('/', '-')}`;
    return this.isHttps ? `__Host-${name}` : name;
  }
}
