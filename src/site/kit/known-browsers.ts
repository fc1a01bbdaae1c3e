import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import ms from 'ms';
import type { KnownBrowser } from '../../http/current-client.decorator.js';
import { PageCookies } from './page-cookies.js';

const COOKIE = 'browser';
const KNOWN_FOR = ms('180d');
/** People who share a browser. */
const MAX_ACCOUNTS = 5;

/**
 * Knows browsers again that somebody signed in with, by a signed cookie that outlives the session. It opens
 * nothing: it keeps strangers who guess at an account from locking its owner out (ASVS 6.1.1).
 */
@Injectable()
export class KnownBrowsers {
  constructor(private readonly cookies: PageCookies) {}

  /** Undefined for a browser that nobody signed in with. */
  knownBrowserOf(request: FastifyRequest): KnownBrowser | undefined {
    const [id, ...accounts] = this.cookies.read(request, COOKIE)?.split(' ') ?? [];
    return id === undefined ? undefined : { id, accounts: accounts.map(read) };
  }

  /** Signs the cookie anew when a previous `APP_SECRET` signed it. */
  renewCookie(request: FastifyRequest, reply: FastifyReply): void {
    const value = this.cookies.read(request, COOKIE);
    if (value === undefined || !this.cookies.isOutdated(request, COOKIE, value)) return;
    this.cookies.set(reply, COOKIE, value, { maxAge: KNOWN_FOR / 1000 });
  }

  /** From now on the browser is known to its account, and to those that were there before. */
  remember(request: FastifyRequest, reply: FastifyReply, userId: string): void {
    const { id, accounts } = this.knownBrowserOf(request) ?? { id: randomUUID(), accounts: [] };
    const others = accounts.filter((one) => one.id !== userId).slice(0, MAX_ACCOUNTS - 1);
    const known = [{ id: userId, seenAt: new Date() }, ...others].map(write);
    this.cookies.set(reply, COOKIE, [id, ...known].join(' '), { maxAge: KNOWN_FOR / 1000 });
  }
}

type Account = KnownBrowser['accounts'][number];

function write({ id, seenAt }: Account): string {
  return `${id}@${seenAt.getTime()}`;
}

/** Without a time, as it was written once, it was long ago. */
function read(word: string): Account {
  const [id, time = '0'] = word.split('@');
  return { id: id!, seenAt: new Date(Number(time)) };
}
