import fastifyCookie from '@fastify/cookie';
import fastifyFormBody from '@fastify/formbody';
import { ModuleRef } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerBrokenRequest } from './common/broken-request.js';
import { useNestForConstraints } from './common/constraint-container.js';
import { ProblemFilter } from './common/problem.filter.js';
import { AppConfig } from './config/app-config.js';
import { ChangeFeed } from './database/change-feed.js';
import { settleBeforeAnswering } from './database/settle-changes.interceptor.js';
import { serveOpenApi } from './openapi.js';
import { headersOfBroken, useSecurityHeaders } from './security-headers.js';

const BODY_LIMIT = 64 * 1024;
const REQUEST_TIMEOUT = 30_000;

/** What `NestFactory.create` needs beside the module, the same for the server and the tests. */
export const APP_OPTIONS = {
  // A failed start is reported by `main.ts`, once and readably.
  abortOnError: false,
  // Fastify reads JSON by itself; other content types are answered with 415.
  bodyParser: false,
  // A route that another one hides is a mistake, and here one that could open a door.
  routeConflictPolicy: { duplicate: 'error' },
} as const;

/** The HTTP server. `trustProxy` has to be known when it is made. */
export function createHttpAdapter(
  config: Pick<AppConfig, 'trustProxy' | 'publicUrl'>,
): FastifyAdapter {
  const { trustProxy } = config;
  const problems = new ProblemFilter();
  const headers = headersOfBroken(config);
  return new FastifyAdapter({
    // Counted from the right of X-Forwarded-For: what stands further left, anybody can write.
    trustProxy: (_address, hop) => hop < trustProxy,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    // An address that cannot be decoded never reaches the router.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      problems.send(error, request, reply.headers(headers)),
    // What is no HTTP never becomes a request.
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, headers),
  });
}

/** Everything between `create` and `listen`. */
export async function configureApp(app: NestFastifyApplication): Promise<NestFastifyApplication> {
  const config = app.get(AppConfig);
  useNestForConstraints(app.get(ModuleRef));
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  await app.register(fastifyCookie);
  await app.register(fastifyFormBody);
  closeConnectionsWhenClosing(fastify);
  settleBeforeAnswering(fastify, app.get(ChangeFeed));
  useSecurityHeaders(app, config.publicUrl);
  if (config.swagger) serveOpenApi(app);
  return app;
}

/** A connection that was busy when the server began to close would otherwise idle on and keep it open. */
function closeConnectionsWhenClosing(fastify: FastifyInstance): void {
  let isClosing = false;
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) reply.header('Connection', 'close');
    done(null, payload);
  });
}
