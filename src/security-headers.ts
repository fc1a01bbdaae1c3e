import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** JSON renders nothing, so it may load nothing. */
const STRICT = {
  defaultSrc: "'none'",
  baseUri: "'none'",
  formAction: "'none'",
  frameAncestors: "'none'",
};
/** Swagger UI brings inline styles and data images of its own; scripts come from here only. */
const DOCS =
  "default-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none';object-src 'none';style-src 'self' 'unsafe-inline';img-src 'self' data:";

/** The headers of every response, whoever sends it (ASVS 3.4.1, 3.4.3 to 3.4.6, 14.3.2). */
export function useSecurityHeaders(app: NestFastifyApplication, isHttps: boolean): void {
  app.useSecurityHeaders({
    contentSecurityPolicy: { useDefaults: false, directives: STRICT },
    strictTransportSecurity: isHttps,
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
      done(null, payload);
    });
}
