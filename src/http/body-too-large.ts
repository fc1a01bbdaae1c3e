import type { FastifyRequest } from 'fastify';
import { AppError } from './app-error.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Names the limit of the route in what Fastify threw for a body above it. Returns anything else as it is. */
export function withBodyLimit(thrown: unknown, { routeOptions }: FastifyRequest): unknown {
  if (!isTooLarge(thrown) && !isTooLarge((thrown as Error | undefined)?.cause)) return thrown;
  return new AppError('payload_too_large', {
    detail: `The request body is larger than ${inWords(routeOptions.bodyLimit)}, the limit of this address.`,
    cause: thrown,
  });
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
}

function inWords(bytes: number): string {
  if (bytes % MIB === 0) return `${bytes / MIB} MiB`;
  return bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${bytes} bytes`;
}
