import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import ms from 'ms';
import { PrincipalsService } from '../../auth/principals.service.js';
import { atMost } from '../../common/at-most.js';
import type { Principal } from '../../access/principal.js';
import { AppConfig } from '../../platform/config/app-config.js';
import type { Session } from '../../sessions/session.entity.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { KnownBrowsers } from './known-browsers.js';
import type { PageContext } from './page-context.js';
import { PageCookies } from './page-cookies.js';

const COOKIE = 'session';
/** In the cookie of a session that outlives the browser's own. */
const REMEMBERED = 'remembered';
/** How much of its idle time a session may have used up before it is extended: not every request writes. */
const EXTEND_AFTER = 1 / 50;
const EXTEND_AFTER_AT_MOST = ms('5m');
const MAX_REMEMBERED = 100_000;

/**
 * Being signed in with a browser: the same sessions as the API's, named by a signed cookie that opens
 * pages and nothing else. Each sign-in is a new session, and so a new cookie (ASVS 7.2.4).
 */
@Injectable()
export class PageSessionsService {
  private readonly pause: number;
  private readonly extended: LRUCache<string, true>;

  constructor(
    private readonly cookies: PageCookies,
    private readonly principals: PrincipalsService,
    private readonly sessions: SessionsService,
    private readonly browsers: KnownBrowsers,
    private readonly config: AppConfig,
  ) {
    this.pause = Math.min(config.sessionIdleTtl * EXTEND_AFTER, EXTEND_AFTER_AT_MOST);
    this.extended = new LRUCache({ ...atMost(MAX_REMEMBERED), ttl: this.pause });
  }

  /** Who sends the request, if their session is alive; being seen extends it. */
  async principalOf(request: FastifyRequest): Promise<Principal | undefined> {
    for (const [sessionId] of this.readAll(request)) {
      if (!isUUID(sessionId)) continue;
      const known = this.principals.knownOfSession(sessionId!);
      const principal = known ?? (await this.principals.ofSession(sessionId!));
      if (!principal) continue;
      await this.extend(principal);
      return principal;
    }
    return undefined;
  }

  /** Whether a request comes with the cookie of a session, alive or not. */
  isNamedBy(request: FastifyRequest): boolean {
    return this.readAll(request).length > 0;
  }

  /**
   * Signs the browser of a page in with a new session. From now on the browser is known to the account.
   * @param remember keeps the cookie when the browser is closed, for as long as a session may last
   */
  begin({ request, reply }: PageContext, { id, userId }: Session, remember: boolean): void {
    this.setCookie(reply, id, remember);
    this.browsers.remember(request, reply, userId);
  }

  private setCookie(reply: FastifyReply, id: string, remember: boolean): void {
    const maxAge = Math.floor(this.config.sessionAbsoluteTtl / 1000);
    const value = remember ? `${id} ${REMEMBERED}` : id;
    this.cookies.set(reply, COOKIE, value, remember ? { maxAge } : {});
  }

  /** Signs the cookie of a session anew when a previous `APP_SECRET` signed it. */
  renewCookie(request: FastifyRequest, reply: FastifyReply, { sessionId }: Principal): void {
    const named = this.readAll(request).find(([id]) => id === sessionId);
    if (!named || !this.cookies.isOutdated(request, COOKIE, named.join(' '))) return;
    this.setCookie(reply, sessionId, named[1] === REMEMBERED);
  }

  /** Puts a new session in the place of the current one, for a cookie that is kept as long. */
  replace({ request, reply, user }: PageContext, { id }: Session): void {
    const named = this.readAll(request).find(([current]) => current === user.sessionId);
    this.setCookie(reply, id, named?.[1] === REMEMBERED);
  }

  /**
   * Makes the browser forget the session, and whatever it kept of our pages (ASVS 14.3.1); ending the
   * session itself is the sessions' business.
   */
  forget({ reply }: PageContext): void {
    this.cookies.clear(reply, COOKIE);
    void reply.header('Clear-Site-Data', '"cache", "storage"');
  }

  private readAll(request: FastifyRequest): string[][] {
    return this.cookies.readAll(request, COOKIE).map((value) => value.split(' '));
  }

  private async extend({ sessionId, expiresAt }: Principal): Promise<void> {
    const now = new Date();
    const left = Date.parse(expiresAt) - now.getTime();
    // The principal in memory does not hear of an extension: it would ask for one with every request.
    if (left >= this.config.sessionIdleTtl - this.pause || this.extended.has(sessionId)) return;
    this.extended.set(sessionId, true);
    await this.sessions.touch(sessionId, now, this.pause);
  }
}
