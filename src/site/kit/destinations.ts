import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '../../platform/config/app-config.js';
import { PageCookies } from './page-cookies.js';
import { safeNext } from './safe-next.js';

const COOKIE = 'next';
/** Seconds: as long as it takes to find an email and follow its link. */
const KEPT_FOR = 30 * 60;

/**
 * Where a visitor wants to go after the sign-in. Pages pass it on in their addresses and forms. Only on the way through
 * a mailbox a cookie keeps it: nothing that a visitor typed into an address is written into emails.
 */
@Injectable()
export class Destinations {
  constructor(
    private readonly cookies: PageCookies,
    private readonly config: AppConfig,
  ) {}

  /** The destination that the form or the address of a request names, if it is a page of ours. */
  destinationOf({ body, query }: FastifyRequest): string | undefined {
    const { next } = { ...(query as object), ...(body as object) } as { next?: unknown };
    return safeNext(next, this.config.publicUrl);
  }

  keepDestination(reply: FastifyReply, next: string | undefined): void {
    if (next !== undefined) this.cookies.set(reply, COOKIE, next, { maxAge: KEPT_FOR });
  }

  /** The one that was kept on the way through a mailbox. It is not kept any longer. */
  takeDestination(request: FastifyRequest, reply: FastifyReply): string | undefined {
    const next = safeNext(this.cookies.read(request, COOKIE), this.config.publicUrl);
    if (next !== undefined) this.cookies.clear(reply, COOKIE);
    return next;
  }
}
