import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { withoutQuery } from '../common/url-parts.js';
import { withBodyLimit } from './body-too-large.js';
import { problemFor } from './problem.js';

/** The one place where a thrown value becomes an HTTP response: `application/problem+json` (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('HTTP');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Notes a failure of ours for whoever runs the place. */
  log(request: FastifyRequest, cause: unknown): void {
    const { message, stack } = cause instanceof Error ? cause : new Error(String(cause));
    const route = request.routeOptions.url ?? '(no route)';
    this.logger.error(`${request.method} ${route}: ${message}`, { requestId: request.id }, stack);
  }

  /** Also for failures that never reach Nest, such as an address that the router cannot decode. */
  send(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const path = withoutQuery(request.url);
    const { body, headers, cause } = problemFor(withBodyLimit(thrown, request), path);
    if (body.status >= 500) this.log(request, cause);
    if (reply.sent) return;
    void reply
      .status(body.status)
      .headers(headers)
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify(body));
  }
}
