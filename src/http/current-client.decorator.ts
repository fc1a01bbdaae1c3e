import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ipOf } from './client-ip.js';

const MAX_USER_AGENT_LENGTH = 512;

/** Where a request came from. `ip` honours proxies only as far as `TRUST_PROXY` says. */
export interface Client {
  ip: string;
  userAgent: string;
  /** The UUID that this request was given. */
  requestId: string;
  /** What the browser itself proves, where one is asked: the API knows none. */
  browser?: KnownBrowser | undefined;
}

/** A browser that people signed in with before, by a cookie that only we can make. */
export interface KnownBrowser {
  id: string;
  /** Their accounts, and when each was signed in to last. */
  accounts: readonly { id: string; seenAt: Date }[];
}

/** The `Client` of a request. */
export function clientOf(request: FastifyRequest): Client {
  return {
    ip: ipOf(request),
    // What is shown of it is one line (`isOneLine`); a header has no others than these that are not seen.
    userAgent: (request.headers['user-agent'] ?? '')
      .slice(0, MAX_USER_AGENT_LENGTH)
      .replaceAll(/[\u007F-\u009F\u00AD\t]/g, '?'),
    requestId: request.id,
  };
}

/** Injects the `Client` of the request. */
export const CurrentClient = createParamDecorator((_: unknown, context: ExecutionContext): Client =>
  clientOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
