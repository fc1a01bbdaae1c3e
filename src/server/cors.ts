import type { FastifyInstance } from 'fastify';
import { REFRESH_COOKIE_PATH } from '../auth/refresh-cookie.js';
import type { AppConfig } from '../platform/config/app-config.js';

/** Where a page may have the browser send the refresh cookie, and keep it. */
const WITH_COOKIE = `${REFRESH_COOKIE_PATH}/`;
const API = /^\/api(?:$|[/?])/;

/** What the API takes, for the answer to a preflight. */
const ALLOWED = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type',
  // Seconds: an origin that is removed from the list is refused after that at the latest.
  'access-control-max-age': '600',
};
/** What a script may read of an answer, next to what the Fetch standard always shows it. */
const EXPOSED = {
  'access-control-expose-headers':
    'allow, content-disposition, retry-after, www-authenticate, x-request-id',
};

/**
 * Lets pages of the origins in `CORS_ORIGINS` call the API, and nothing else (ASVS 3.4.2). It only adds headers: who
 * may do what is decided as for any client, and a preflight is answered like any `OPTIONS`. Another origin gets no such
 * header. Written here because `@fastify/cors` adds an `OPTIONS` route for every path, which would hide 404 and 405.
 */
export function allowOrigins(fastify: FastifyInstance, { corsOrigins }: AppConfig): void {
  if (corsOrigins.length === 0) return;
  const allowed = new Set(corsOrigins);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!API.test(request.url)) return done();
    // Caches must not show one origin the answer to another.
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return done();
    reply.header('access-control-allow-origin', origin);
    if (request.url.startsWith(WITH_COOKIE))
      reply.header('access-control-allow-credentials', 'true');
    const isPreflight =
      request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    reply.headers(isPreflight ? ALLOWED : EXPOSED);
    done();
  });
}
