import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import type { ChangeFeed } from './change-feed.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Requests that were let through to a handler that may have changed something. */
const mayHaveChanged = new WeakSet<FastifyRequest>();

/** Marks the requests that `settleBeforeAnswering` is for. */
@Injectable()
export class SettleChangesInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!SAFE_METHODS.has(request.method)) mayHaveChanged.add(request);
    return next.handle();
  }
}

/**
 * Holds the answer to a request that may have changed something until this instance has heard of
 * the change itself: who is told "done" finds it done with the very next request. Whoever sends the
 * answer, a handler that returned, a page or a filter for errors, it passes here.
 */
export function settleBeforeAnswering(fastify: FastifyInstance, changes: ChangeFeed): void {
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    if (!mayHaveChanged.has(request)) return done(null, payload);
    void changes.settle().finally(() => done(null, payload));
  });
}
