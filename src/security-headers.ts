import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** JSON renders nothing, so it may load nothing, and opened as a document it can do nothing (ASVS 3.2.1). */
const STRICT = {
  defaultSrc: "'none'",
  objectSrc: "'none'",
  baseUri: "'none'",
  formAction: "'none'",
  frameAncestors: "'none'",
  sandbox: [],
};
/** Swagger UI brings inline styles and data images of its own; scripts come from here only. */
const DOCS =
  "default-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none';object-src 'none';style-src 'self' 'unsafe-inline';img-src 'self' data:";

/** The same for what never becomes a request that hooks see: addresses and messages that nobody can read. */
export function headersOfBroken({ publicUrl }: { publicUrl: string }): Record<string, string> {
  return {
    'Content-Security-Policy':
      "default-src 'none';object-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none';sandbox",
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    ...(isHttps(publicUrl) && {
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    }),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cache-Control': 'no-store',
  };
}

/** The headers of every response, whoever sends it (ASVS 3.4.1, 3.4.3 to 3.4.6, 14.3.2). */
export function useSecurityHeaders(app: NestFastifyApplication, publicUrl: string): void {
  app.useSecurityHeaders({
    contentSecurityPolicy: { useDefaults: false, directives: STRICT },
    strictTransportSecurity: isHttps(publicUrl),
    xFrameOptions: { action: 'deny' },
  });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      if (/^\/docs(?=$|[/?])/.test(request.url)) reply.header('Content-Security-Policy', DOCS);
      done();
    })
    .addHook('onSend', (_request, reply, payload, done) => {
      if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
      // Swagger UI leaves it out.
      if (reply.getHeader('Content-Type') === 'text/html') reply.type('text/html; charset=utf-8');
      done(null, payload);
    });
}

function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}
