import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageCookies } from '../web/page-cookies.js';
import type { BegunFederation } from '../federation/federation.service.js';

/**
 * Binds what was begun with a provider to the browser that began it, by a signed cookie that no other browser has
 * (ATTACKS A36). One for each provider: what is begun last counts.
 */
@Injectable()
export class FederationHandles {
  constructor(private readonly cookies: PageCookies) {}

  keep(reply: FastifyReply, provider: string, { handle, expiresIn }: BegunFederation): void {
    this.cookies.set(reply, nameOf(provider), handle, { maxAge: expiresIn });
  }

  /** Undefined in a browser that began nothing with that provider. */
  of(request: FastifyRequest, provider: string): string | undefined {
    return this.cookies.read(request, nameOf(provider));
  }

  forget(reply: FastifyReply, provider: string): void {
    this.cookies.clear(reply, nameOf(provider));
  }
}

function nameOf(provider: string): string {
  return `federation-${provider}`;
}
