import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import ms from 'ms';
import { PrincipalsService } from '../../auth/principals.service.js';
import { atMost } from '../../common/at-most.js';
import type { Principal } from '../../access/principal.js';
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
  private readonly extended = new LRUCache<string, true>({
    ...atMost(MAX_REMEMBERED),
    ttl: EXTEND_AFTER_AT_MOST,
  });

  constructor(
    private readonly cookies: PageCookies,
    private readonly principals: PrincipalsService,
    private readonly sessions: SessionsService,
    private readonly browsers: KnownBrowsers,
  ) {}

  /** Who sends the request, if their session is alive; being seen extends it. */
  async principalOf(request: FastifyRequest): Promise<Principal | undefined> {
    for (const [sessionId, kind] of this.readAll(request)) {
      if (!isUUID(sessionId)) continue;
      const known = this.principals.knownOfSession(sessionId!);
      const principal = known ?? (await this.principals.ofSession(sessionId!));
      if (!principal) continue;
      await this.extend(principal, kind === REMEMBERED);
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
   * @param isRemembered keeps the cookie when the browser is closed, for as long as the session may last
   */
  begin({ request, reply }: PageContext, session: Session, isRemembered: boolean): void {
    this.setCookie(reply, session, isRemembered);
    this.browsers.remember(request, reply, session.userId);
  }

  /** Whether the visitor asked to stay signed in when the session of a page was opened. */
  isRemembered({ request, principal }: PageContext): boolean {
    return principal !== undefined && this.isRememberedIn(request, principal.sessionId);
  }

  private isRememberedIn(request: FastifyRequest, sessionId: string): boolean {
    return this.readAll(request).find(([id]) => id === sessionId)?.[1] === REMEMBERED;
  }

  private setCookie(
    reply: FastifyReply,
    { id, absoluteExpiresAt }: Pick<Session, 'id' | 'absoluteExpiresAt'>,
    isRemembered: boolean,
  ): void {
    const maxAge = Math.ceil((absoluteExpiresAt.getTime() - Date.now()) / 1000);
    const value = isRemembered ? `${id} ${REMEMBERED}` : id;
    this.cookies.set(reply, COOKIE, value, isRemembered ? { maxAge } : {});
  }

  /** Signs the cookie of a session anew when a previous `APP_SECRET` signed it. */
  renewCookie(request: FastifyRequest, reply: FastifyReply, { sessionId }: Principal): void {
    const named = this.readAll(request).find(([id]) => id === sessionId);
    if (!named || !this.cookies.isOutdated(request, COOKIE, named.join(' '))) return;
    const isRemembered = named[1] === REMEMBERED;
    // When it began is not known here: the cookie may outlive its session, which then opens nothing.
    const { absolute } = this.sessions.lifetimesOf(isRemembered);
    const absoluteExpiresAt = new Date(Date.now() + absolute);
    this.setCookie(reply, { id: sessionId, absoluteExpiresAt }, isRemembered);
  }

  /** Puts a new session in the place of the current one, for a cookie that is kept as long. */
  replace({ request, reply, user }: PageContext, session: Session): void {
    this.setCookie(reply, session, this.isRememberedIn(request, user.sessionId));
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

  /**
   * The cookie is signed, so it is as good as the row to say that the visitor asked to stay signed in. The row alone says
   * when the session ends at the latest.
   */
  private async extend({ sessionId, expiresAt }: Principal, isRemembered: boolean): Promise<void> {
    const now = new Date();
    const { idle } = this.sessions.lifetimesOf(isRemembered);
    const pause = Math.min(idle * EXTEND_AFTER, EXTEND_AFTER_AT_MOST);
    const left = Date.parse(expiresAt) - now.getTime();
    // The principal in memory does not hear of an extension: it would ask for one with every request.
    if (left >= idle - pause || this.extended.has(sessionId)) return;
    this.extended.set(sessionId, true, { ttl: pause });
    await this.sessions.touch(sessionId, now, { idle, pause });
  }
}
