import { FastifyAdapter } from '@nestjs/platform-fastify';

/**
 * Fastify as Nest uses it, which answers with what a handler returns. A page is sent before its handler returns, and
 * returns nothing: of that second answer Fastify would make an error, with its stack, and drop it.
 */
export class HttpAdapter extends FastifyAdapter {
  override reply(
    ...[response, body, status]: Parameters<FastifyAdapter['reply']>
  ): ReturnType<FastifyAdapter['reply']> {
    if (body === undefined && 'sent' in response && response.sent) return response;
    return super.reply(response, body, status);
  }
}
