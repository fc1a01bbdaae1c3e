import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ChangeFeed } from './change-feed.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Holds the answer to a request that may have changed something until this instance has heard of
 * the change itself: who is told "done" finds it done with the very next request.
 */
@Injectable()
export class SettleChangesInterceptor implements NestInterceptor {
  constructor(private readonly changes: ChangeFeed) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method } = context.switchToHttp().getRequest<FastifyRequest>();
    return SAFE_METHODS.has(method) ? next.handle() : from(this.settled(next));
  }

  private async settled(next: CallHandler): Promise<unknown> {
    try {
      return await lastValueFrom(next.handle(), { defaultValue: undefined });
    } finally {
      await this.changes.settle();
    }
  }
}
