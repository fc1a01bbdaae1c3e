import fastifyCookie from '@fastify/cookie';
import { Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccessDenials } from '../auth/access-denials.js';
import { AccessTable } from '../auth/access-table.js';
import { answerBrokenRequest, sendProblem } from '../http/broken-request.js';
import { useNestForConstraints } from '../http/constraint-container.js';
import { Declarations } from '../common/declarations.js';
import { prefixIn, withoutPrefix } from '../common/url-parts.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { AppConfig } from '../platform/config/app-config.js';
import { ChangeFeed } from '../platform/database/change-feed.js';
import { settleBeforeAnswering } from '../platform/database/settle-changes.guard.js';
import { useForwardedAddress } from './forwarded-address.js';
import { useTrustedClient } from './trusted-client.js';
import { ReadinessService } from '../platform/health/readiness.service.js';
import { LineWriter } from '../platform/logging/line-writer.js';
import { jsonLine, readableLine } from '../platform/logging/request-log.js';
import { RequestWatch } from '../platform/logging/request-watch.js';
import { Metrics } from '../platform/metrics/metrics.service.js';
import { measureRequest } from '../platform/metrics/request-metrics.js';
import { allowOrigins } from './cors.js';
import { useBodyLimits } from './body-limits.js';
import { keepApart } from './keep-apart.js';
import { serveOpenApi } from './openapi.js';
import { prefixAddresses, usePathPrefix } from './path-prefix.js';
import { noteRoute } from '../platform/telemetry/start-telemetry.js';
import { securityHeaders, useSecurityHeaders } from './security-headers.js';
import { PageErrorFilter } from '../site/kit/page-error.filter.js';
import { useStaticFiles } from './static-files.js';
import { refuseTunnels, refuseUnmetExpectations } from './unmet-expectations.js';
import { answerUnmatchedRequests } from './unmatched-requests.js';
import { refuseOtherEncodings } from './utf8-requests.js';

/** Of every route without `@BodyLimit()`, in bytes. */
const BODY_LIMIT = 64 * 1024;

/** How long a client may take (ASVS 15.2.2), in milliseconds: who dawdles on purpose keeps a connection busy. */
export const TIMEOUTS = {
  /** Until its headers are there. */
  headers: 10_000,
  /** Until the request is there as a whole. */
  request: 30_000,
  /** How often connections are looked at. */
  checkEvery: 1_000,
};

/** The watch of each server, which has to be there before Nest is. */
const watches = new WeakMap<FastifyInstance, RequestWatch>();
/** The filter of each server that shows errors as pages, once Nest is there. */
const pageErrors = new WeakMap<FastifyInstance, PageErrorFilter>();

/** What `NestFactory.create` needs beside the module, the same for the server and the tests. */
export const APP_OPTIONS = {
  // A failed start is reported by `start.ts`, once and readably.
  abortOnError: false,
  // Fastify reads JSON by itself; other content types are answered with 415.
  bodyParser: false,
  // A route that another one hides is a mistake, and here one that could open a door.
  routeConflictPolicy: { duplicate: 'error' },
} as const;

/** Lets something be done when everything is registered, and no route is made yet. */
class PreparingAdapter extends FastifyAdapter {
  prepare: (() => void) | undefined;

  override async init(): Promise<void> {
    this.prepare?.();
    return super.init();
  }
}

/** The HTTP server. `trustProxy` has to be known when it is made. */
export function createHttpAdapter(
  config: Pick<
    AppConfig,
    'trustProxy' | 'publicUrl' | 'keepAliveTimeout' | 'hstsIncludeSubdomains'
  >,
  timeouts = TIMEOUTS,
): FastifyAdapter {
  const { trustProxy } = config;
  const prefix = prefixIn(config.publicUrl);
  const problems = new ProblemFilter();
  const headers = securityHeaders(config);
  const watch = new RequestWatch();
  const adapter = new PreparingAdapter({
    genReqId: RequestWatch.newId,
    // Some proxies strip the prefix, some send it on.
    ...(prefix !== '' && {
      rewriteUrl: ({ url = '/' }: { url?: string }) => withoutPrefix(url, prefix),
    }),
    // Counted from the right of X-Forwarded-For: what stands further left, anybody can write.
    // Where none is trusted, nothing has to be counted.
    trustProxy: trustProxy > 0 && ((_address: string, hop: number) => hop < trustProxy),
    // A proxy sends on connections that it kept until it learns of their end. They are served, too.
    return503OnClosing: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: timeouts.request,
    keepAliveTimeout: config.keepAliveTimeout,
    http: {
      // An answer of our own says why: `refuseUnmetExpectations`.
      requireHostHeader: false,
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: timeouts.checkEvery,
    },
    // An address that cannot be decoded never reaches the router.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      watch.begin(request, reply);
      const filter = pageErrors.get(adapter.getInstance()) ?? problems;
      // No hook is run for it.
      if (prefix !== '') reply.serializer((text: string) => prefixAddresses(text, prefix));
      filter.send(error, request, reply.headers(headers));
    },
    // What is no HTTP never becomes a request.
    clientErrorHandler: (error, socket) =>
      answerBrokenRequest(error, socket, headers, (status) =>
        watch.reportBrokenRequest(status, socket.remoteAddress),
      ),
  });
  refuseTunnels(adapter.getInstance(), (socket, statusCode) =>
    sendProblem(statusCode, socket, headers, (status) =>
      watch.reportBrokenRequest(status, socket.remoteAddress),
    ),
  );
  watches.set(adapter.getInstance(), watch);
  return adapter;
}

/** Everything between `create` and `listen`. */
export async function configureApp(app: NestFastifyApplication): Promise<NestFastifyApplication> {
  const config = app.get(AppConfig);
  useNestForConstraints(app.get(ModuleRef));
  const adapter = app.getHttpAdapter();
  const fastify = adapter.getInstance();
  if (adapter instanceof PreparingAdapter && app.get(Declarations).existing) {
    adapter.prepare = () => keepApart(app);
  }
  pageErrors.set(fastify, app.get(PageErrorFilter, { strict: false }));
  watchRequests(fastify, config, app.get(Metrics, { strict: false }));
  await app.register(fastifyCookie);
  await useStaticFiles(app);
  closeConnectionsWhenClosing(fastify, app.get(ReadinessService, { strict: false }));
  settleBeforeAnswering(fastify, app.get(ChangeFeed));
  recordDenials(fastify, app.get(AccessDenials, { strict: false }));
  useSecurityHeaders(fastify, securityHeaders(config));
  allowOrigins(fastify, config);
  usePathPrefix(fastify, prefixIn(config.publicUrl));
  useForwardedAddress(fastify, config);
  useTrustedClient(fastify, config);
  // After cookies and headers, which its error pages need.
  refuseUnmetExpectations(fastify);
  refuseOtherEncodings(fastify);
  answerUnmatchedRequests(fastify);
  useBodyLimits(fastify, app.get(AccessTable, { strict: false }).routes);
  if (config.swagger) serveOpenApi(app);
  warnOfScale(config);
  return app;
}

/** Has every finished request logged and measured. */
function watchRequests(fastify: FastifyInstance, config: AppConfig, metrics: Metrics): void {
  const watch = watches.get(fastify)!;
  if (config.requestLog) {
    const lines = new LineWriter(process.stdout);
    const format = config.environment === 'production' ? jsonLine : readableLine;
    watch.onFinished((request) => lines.write(format(request)));
  }
  if (metrics.isOn) watch.onFinished((request) => measureRequest(metrics, request));
  watch.attach(fastify);
  if (!config.tracing) return;
  fastify.addHook('onRequest', (request, _reply, done) => {
    noteRoute(request.raw, request.routeOptions.url);
    done();
  });
}

function recordDenials(fastify: FastifyInstance, denials: AccessDenials): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    denials.recordDenial(request, reply.statusCode);
    done();
  });
}

function warnOfScale({ throttleScale }: AppConfig): void {
  if (throttleScale === 1) return;
  new Logger('Limits').warn(
    `THROTTLE_SCALE=${throttleScale}: every limit is multiplied, also of those who guess passwords.`,
  );
}

/** A connection that was busy when the server began to close would otherwise idle on and keep it open. */
function closeConnectionsWhenClosing(fastify: FastifyInstance, readiness: ReadinessService): void {
  let isClosing = false;
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    // Right after connections were accepted: those that wait for it when the port closes are reset.
    setImmediate(done);
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing || readiness.isDraining) reply.header('Connection', 'close');
    done(null, payload);
  });
}
