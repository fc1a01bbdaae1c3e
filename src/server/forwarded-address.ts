import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import ms from 'ms';
import { AppError } from '../http/app-error.js';
import { canonicalIp, readIp, type WithClientIp } from '../http/client-ip.js';
import type { AppConfig } from '../platform/config/app-config.js';

const WARN_EVERY = ms('1m');
/** Routes that go on: an instance that is taken out of service for this would hide the reason. */
const HEALTH = '/health/';

/**
 * Finds out the address of the client where a proxy wrote it. A request whose address cannot be read is refused:
 * otherwise all such clients would share one counter of the limits, and one address in the audit trail.
 */
export function useForwardedAddress(fastify: FastifyInstance, { trustProxy }: AppConfig): void {
  fastify.decorateRequest('clientIp');
  const logger = new Logger('Proxy');
  if (trustProxy > 0) readForwardedAddress(fastify, logger);
  else warnOfUnknownProxy(fastify, logger);
}

function readForwardedAddress(fastify: FastifyInstance, logger: Logger): void {
  let warnedAt = -Infinity;
  fastify.addHook('onRequest', (request: FastifyRequest & WithClientIp, _reply, done) => {
    const [peer, ...forwarded] = request.ips ?? [];
    const last = forwarded.at(-1);
    const ip = last === undefined ? canonicalIp(peer) : readIp(last);
    if (ip !== undefined) request.clientIp = ip;
    if (ip !== undefined || request.routeOptions.url?.startsWith(HEALTH)) return done();
    if (performance.now() - warnedAt >= WARN_EVERY) {
      warnedAt = performance.now();
      // Never the text itself: a client may have written it.
      logger.warn(
        `A request from ${canonicalIp(peer)} has ${last?.length} characters in X-Forwarded-For where TRUST_PROXY expects an IP address. Such requests get 400. Check TRUST_PROXY and the configuration of the proxy.`,
      );
    }
    done(new AppError('forwarded_address_invalid'));
  });
}

/** The clients of a proxy that is not trusted share its address, and so its limits. */
function warnOfUnknownProxy(fastify: FastifyInstance, logger: Logger): void {
  let hasWarned = false;
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!hasWarned && request.headers['x-forwarded-for'] !== undefined && isNear(request.ip)) {
      hasWarned = true;
      logger.warn(
        `A request from ${canonicalIp(request.ip)} has X-Forwarded-For, which is ignored because TRUST_PROXY is 0. If a proxy of yours sent it, all visitors share its limits: set TRUST_PROXY.`,
      );
    }
    done();
  });
}

/** Whether an address may be that of a proxy of ours, rather than of a client that wrote the header. */
function isNear(address: string | undefined): boolean {
  const ip = readIp(address ?? '');
  return ip === undefined || ipaddr.parse(ip).range() !== 'unicast';
}
