import type { FastifyInstance } from 'fastify';
import type { Route } from '../access/routes.js';
import { OperatorError } from '../common/operator-error.js';
import {
  BODY_LIMIT,
  BODY_LIMIT_STATED_IN,
  bytesOf,
  MAX_BODY_LIMIT,
} from '../http/body-limit.decorator.js';

/** A `@BodyLimit()` that cannot be meant. */
class BodyLimitError extends OperatorError {}

/**
 * Gives routes the limits that `@BodyLimit()` states, by method and path, as Nest registers them. Every other route keeps
 * the limit of the server. Throws `OperatorError` for a size that cannot be a limit.
 */
export function useBodyLimits(fastify: FastifyInstance, routes: Route[]): void {
  const limits = new Map<string, number>();
  for (const { method, path, handler, stated } of routes) {
    const size = stated(BODY_LIMIT);
    if (size === undefined) continue;
    const bytes = bytesOf(size);
    if (bytes === undefined) {
      const place = (stated(BODY_LIMIT_STATED_IN) as () => string | undefined)();
      throw new BodyLimitError(
        `${handler} has @BodyLimit(${JSON.stringify(size)}), which has to be from 1 to ${MAX_BODY_LIMIT} bytes, such as '200kb', '1mb' or 5_000${place === undefined ? '' : ` (${place})`}.`,
      );
    }
    limits.set(`${method} ${path}`, bytes);
  }
  const missing = new Set(limits.keys());
  fastify.addHook('onRoute', (route) => {
    // Only the route of `@All()` is registered with a list of methods.
    const key = `${Array.isArray(route.method) ? 'ALL' : route.method} ${route.url}`;
    const limit = limits.get(key);
    if (limit === undefined) return;
    route.bodyLimit = limit;
    missing.delete(key);
  });
  fastify.addHook('onReady', (done) => {
    const [route] = missing;
    done(
      route === undefined
        ? undefined
        : new BodyLimitError(`@BodyLimit() of ${route} does not reach any route.`),
    );
  });
}
