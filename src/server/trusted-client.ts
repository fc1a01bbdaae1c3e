import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../http/app-error.js';
import { readIp, type WithClientIp } from '../http/client-ip.js';
import { equalSecrets } from '../common/crypto.js';
import type { AppConfig } from '../platform/config/app-config.js';

/** The secret of a server that calls the API for others, and the address of the client for which it calls. */
export const TRUSTED_CLIENT_HEADERS = {
  secret: 'gatehouse-client-secret',
  ip: 'gatehouse-client-ip',
} as const;
const API = /^\/api\//;

/**
 * Takes the address of a client from a server that shows `TRUSTED_CLIENT_SECRET` (server-side rendering, a backend for
 * a frontend): limits, sessions and the audit trail then know the client instead of the server. A wrong secret is 403
 * `client_not_trusted`, a right one without an address 400 `forwarded_address_invalid`. Without the secret, the address
 * is ignored.
 */
export function useTrustedClient(
  fastify: FastifyInstance,
  { trustedClientSecret }: AppConfig,
): void {
  fastify.addHook('onRequest', (request: FastifyRequest & WithClientIp, _reply, done) => {
    const secret = request.headers[TRUSTED_CLIENT_HEADERS.secret];
    if (secret === undefined || !API.test(request.url)) return done();
    const isRight =
      trustedClientSecret !== undefined &&
      typeof secret === 'string' &&
      equalSecrets(secret, trustedClientSecret);
    if (!isRight) return done(new AppError('client_not_trusted'));
    const ip = readIp(String(request.headers[TRUSTED_CLIENT_HEADERS.ip] ?? ''));
    if (ip === undefined) return done(new AppError('forwarded_address_invalid'));
    request.clientIp = ip;
    done();
  });
}
