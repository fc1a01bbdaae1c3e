import type { FastifyInstance } from 'fastify';

/** Swagger UI brings pictures as data; scripts and styles come from here only. */
const DOCS =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none';object-src 'none'";

/**
 * The headers of every response, whoever sends it (ASVS 3.4.1, 3.4.3 to 3.4.6, 14.3.2). JSON renders nothing,
 * so it may load nothing, and opened as a document it can do nothing (ASVS 3.2.1); pages say what they need.
 */
export function securityHeaders({
  publicUrl,
  hstsIncludeSubdomains,
}: {
  publicUrl: string;
  hstsIncludeSubdomains: boolean;
}): Record<string, string> {
  return {
    'content-security-policy':
      "default-src 'none';object-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none';sandbox",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    ...(isHttps(publicUrl) && {
      'strict-transport-security': `max-age=31536000${hstsIncludeSubdomains ? '; includeSubDomains' : ''}`,
    }),
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
    'cache-control': 'no-store',
  };
}

/**
 * Has every request answered with them. They are Fastify's headers of the reply, not the ones that Nest would
 * set on the bare response: Node writes the first in one go, and puts both together one by one.
 */
export function useSecurityHeaders(
  fastify: FastifyInstance,
  headers: Record<string, string>,
): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    if (/^\/docs(?=$|[/?])/.test(request.url)) reply.header('Content-Security-Policy', DOCS);
    done();
  });
}

function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}
