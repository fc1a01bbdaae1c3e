import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../http/app-error.js';
import type { sendProblem } from '../http/broken-request.js';

type Socket = Parameters<typeof sendProblem>[1];

/**
 * Answers, as every other failure is answered, what Node would refuse by itself with an empty response: a
 * request without exactly one `Host` (RFC 9112 section 3.2), and an `Expect` other than `100-continue` (RFC
 * 9110 section 10.1.1). The server needs `requireHostHeader: false`.
 */
export function refuseUnmetExpectations(fastify: FastifyInstance): void {
  fastify.server.on('checkExpectation', (request, response) => fastify.routing(request, response));
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { expect } = request.headers;
    if (!namesHost(request)) return done(new AppError('malformed_request'));
    const isMet = expect === undefined || /^100-continue$/i.test(expect);
    done(isMet ? undefined : new AppError('expectation_failed'));
  });
}

/** Answers `CONNECT`, which Node takes for the beginning of a tunnel: a problem document, and the end. */
export function refuseTunnels(
  fastify: FastifyInstance,
  refuse: (socket: Socket, statusCode: number) => void,
): void {
  fastify.server.on('connect', (_request, socket: Socket) => refuse(socket, 405));
}

/** Whether a request has exactly one `Host`. HTTP/1.0 does not ask for it. */
function namesHost({ raw }: FastifyRequest): boolean {
  const { httpVersion, rawHeaders } = raw;
  if (httpVersion === '1.0') return true;
  let hosts = 0;
  // Names and values in turns. `headers` has the first Host alone.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() === 'host') hosts++;
  }
  return hosts === 1;
}
