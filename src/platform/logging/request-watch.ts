import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { canonicalIp, ipOf } from '../../http/client-ip.js';
import type { Principal } from '../../access/principal.js';

/** What nginx writes for a client that left before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

/** A request that is over. Nothing in it was written by its sender, but for the HTTP method. */
export interface FinishedRequest {
  /** A UUID of ours. */
  requestId: string;
  /** Undefined: it was no HTTP. */
  method: string | undefined;
  /** The template, such as `/api/users/:id`; undefined when there is no such route. */
  route: string | undefined;
  /** 499: the sender left before the answer. */
  status: number;
  milliseconds: number;
  ip: string;
  /** Whoever was signed in. */
  principal: Principal | undefined;
}

type Listener = (request: FinishedRequest) => void;

/**
 * Gives every request an id that nobody outside chose, returns it as `X-Request-Id`, and tells listeners
 * once when the request is over, however it ended.
 */
export class RequestWatch {
  private readonly listeners: Listener[] = [];

  /** For Fastify's `genReqId`. An `X-Request-Id` from outside is not honoured: anybody can write one. */
  static newId(this: void): string {
    return randomUUID();
  }

  onFinished(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Watches the requests that reach a route, or the answer that there is none. */
  attach(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      this.begin(request, reply);
      done();
    });
  }

  /** Watches one request; for those that never reach a hook. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('X-Request-Id', request.id);
    if (this.listeners.length === 0) return;
    // Not Fastify's onResponse, which does not hear of a sender that has left.
    reply.raw.on('close', () => this.finish(request, reply));
  }

  /** Reports what could not be read as HTTP. Returns the request id that it gets. */
  reportBrokenRequest(status: number, address: string | undefined): string {
    const requestId = RequestWatch.newId();
    this.reportFinished({
      requestId,
      method: undefined,
      route: undefined,
      status,
      milliseconds: 0,
      ip: canonicalIp(address),
      principal: undefined,
    });
    return requestId;
  }

  private finish(request: FastifyRequest & { user?: unknown }, reply: FastifyReply): void {
    const { raw } = reply;
    this.reportFinished({
      requestId: request.id,
      method: request.method,
      // Undefined where there is no route.
      route: request.routeOptions.url,
      status: raw.writableFinished ? raw.statusCode : CLIENT_CLOSED_REQUEST,
      milliseconds: reply.elapsedTime,
      ip: ipOf(request),
      principal: isPrincipal(request.user) ? request.user : undefined,
    });
  }

  private reportFinished(finished: FinishedRequest): void {
    for (const listener of this.listeners) listener(finished);
  }
}

/** While somebody signs in, `user` holds something else. */
function isPrincipal(user: unknown): user is Principal {
  return typeof user === 'object' && user !== null && 'sessionId' in user;
}
