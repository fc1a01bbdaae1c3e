import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { PageAnswer } from './page-answer.js';

/** What a handler of a page controller returns: what it shows, or a file to download. */
export type PageResult = PageAnswer | StreamableFile;

/** Has Nest send the pages that handlers return. A handler that returns none is a fault, never an empty page. */
export class PageInterceptor implements NestInterceptor<unknown, unknown> {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((result) => {
        if (result instanceof StreamableFile) return result;
        if (result instanceof PageAnswer) return result.writeHead(reply);
        const name = `${context.getClass().name}.${context.getHandler().name}`;
        throw new TypeError(`${name} returned no page`);
      }),
    );
  }
}
