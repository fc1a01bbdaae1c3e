import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import findMyWay from 'find-my-way';
import { AppError } from '../http/app-error.js';

/** Of a request target in absolute form (RFC 9112 section 3.2.2), what does not belong to the path. */
const ORIGIN = /^https?:\/\/[^/?#]*/i;
/** A path that a browser resolves to our own origin. */
const OWN_PATH = /^\/[^/\\][^\\]*$/;

type Router = ReturnType<typeof findMyWay>;
type Method = Parameters<Router['find']>[0];

/**
 * Answers requests that match no route, before their body is read: 308 to the same path without its trailing
 * slash, 204 for `OPTIONS` and 405 with `Allow` when the path is known for other methods (RFC 9110 sections
 * 15.5.6 and 10.2.1), 404 otherwise. The answer comes before authentication, because paths and methods are
 * public (docs/access.md).
 */
export function answerUnmatchedRequests(fastify: FastifyInstance): void {
  const routes = findMyWay();
  const methods = new Set<Method>();
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat() as Method[]) {
      methods.add(one);
      if (!routes.hasRoute(one, url)) routes.on(one, url, () => undefined);
    }
  });
  const methodsOf = (path: string): Method[] =>
    [...methods].filter((method) => {
      const found = routes.find(method, path);
      return found !== null && !isEmpty(found.params);
    });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404 && !isEmpty(request.params)) return done();
    const [path = '', rest = ''] = splitTarget(request.url);
    const allowed = methodsOf(path);
    if (allowed.length > 0) return answerMethod(request, reply, allowed, done);
    const shorter = path.slice(0, -1);
    if (!path.endsWith('/') || !OWN_PATH.test(shorter) || methodsOf(shorter).length === 0) {
      return done(new AppError('not_found'));
    }
    return void reply.redirect(shorter + rest, 308);
  });
}

function answerMethod(
  { method }: FastifyRequest,
  reply: FastifyReply,
  allowed: Method[],
  done: (error?: Error) => void,
): void {
  const all = new Set<string>([...allowed, 'OPTIONS']);
  void reply.header('Allow', [...all].toSorted().join(', '));
  if (method === 'OPTIONS') return void reply.status(204).send();
  done(new AppError('method_not_allowed'));
}

/** The path, and what follows it. */
function splitTarget(url: string): string[] {
  return /^([^?#]*)(.*)$/s.exec(url.replace(ORIGIN, ''))!.slice(1);
}

/** Whether a parameter is an empty segment, which the router matches and Nest does not. */
function isEmpty(params: unknown): boolean {
  return Object.entries(params ?? {}).some(([name, value]) => value === '' && name !== '*');
}
