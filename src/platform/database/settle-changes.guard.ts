import 'reflect-metadata';
import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ChangeFeed } from './change-feed.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

const CHANGES = 'gatehouse:changes';

/** A handler of `GET` that changes something all the same: an address that others send the browser to. */
export const ChangesSomething = () => SetMetadata(CHANGES, true);

/** Requests that were let through to a handler that may have changed something. */
const mayHaveChanged = new WeakSet<FastifyRequest>();

/**
 * Marks the requests that `settleBeforeAnswering` is for; refuses none. The last of the global guards, which
 * nobody passes who may not. An interceptor would send the answer of every route through RxJS.
 */
@Injectable()
export class SettleChangesGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const isSafe = SAFE_METHODS.has(request.method);
    if (!isSafe || Reflect.getMetadata(CHANGES, context.getHandler()) === true) {
      mayHaveChanged.add(request);
    }
    return true;
  }
}

/**
 * Holds the answer to a request that may have changed something until this instance has heard of
 * the change itself: a client that reads "done" finds it done with the very next request. Answers of handlers and
 * of filters for errors all pass here.
 */
export function settleBeforeAnswering(fastify: FastifyInstance, changes: ChangeFeed): void {
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    if (!mayHaveChanged.has(request)) return done(null, payload);
    void changes.settle().finally(() => done(null, payload));
  });
}
