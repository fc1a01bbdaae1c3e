import type { FastifyInstance } from 'fastify';
import { withPrefix } from '../common/url-parts.js';

/** In what the renderer writes, a quotation mark is always that of an attribute: it escapes all others. */
const ADDRESS = /(\s(?:href|action|formaction|src)=")(\/[^"]*)/g;

/**
 * Has every address that leaves the application begin with the path of `PUBLIC_URL`: those of redirects, and in HTML
 * those of links, forms and assets. Routes and pages know nothing of it, so that none can forget it.
 */
export function usePathPrefix(fastify: FastifyInstance, prefix: string): void {
  if (prefix === '') return;
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string') reply.header('location', withPrefix(location, prefix));
    const isHtml = /^text\/html\b/.test(String(reply.getHeader('content-type')));
    done(null, isHtml && typeof payload === 'string' ? prefixAddresses(payload, prefix) : payload);
  });
}

/** HTML whose addresses begin with the prefix; also for the error page that no hook is run for. */
export function prefixAddresses(html: string, prefix: string): string {
  return html.replaceAll(
    ADDRESS,
    (_match, attribute: string, path: string) => attribute + withPrefix(path, prefix),
  );
}
