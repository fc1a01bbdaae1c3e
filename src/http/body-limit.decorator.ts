import { applyDecorators, SetMetadata } from '@nestjs/common';
import { callSite } from '../common/call-site.js';

/** The metadata key of the size that a handler or controller states, and of where it does. */
export const BODY_LIMIT = 'gatehouse:body-limit';
export const BODY_LIMIT_STATED_IN = 'gatehouse:body-limit-stated-in';

/** The largest limit of a route, in bytes: a body is in memory as a whole. */
export const MAX_BODY_LIMIT = 64 * 1024 * 1024;

/** Bytes, or a whole number of units of 1,024 bytes (`kb`) or 1,048,576 bytes (`mb`). */
export type BodySize = number | `${number}kb` | `${number}mb`;

const UNITS: Record<string, number> = { kb: 1024, mb: 1024 * 1024 };

/**
 * Lets a route take larger bodies than the 64 KiB of all others, or only smaller ones: 413 `payload_too_large` above it. On a
 * controller it holds for handlers that state none. A limit below 1 byte or above 64 MiB stops the start.
 *
 * A body is read before the caller is known: anybody can send one of that size, also to a route for signed-in users.
 * @example
 * ```ts
 * @BodyLimit('1mb')
 * @Post('import')
 * import(@Body() body: ImportDto) { … }
 * ```
 */
export const BodyLimit = (size: BodySize): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(BODY_LIMIT, size),
    SetMetadata(BODY_LIMIT_STATED_IN, callSite(import.meta.url)),
  );

/** Returns the bytes of a stated size, or undefined for one that cannot be a limit. */
export function bytesOf(size: unknown): number | undefined {
  const [, count, unit] = /^(\d{1,9})(kb|mb)$/.exec(String(size)) ?? [];
  const bytes = count === undefined ? size : Number(count) * UNITS[unit!]!;
  const isPossible = Number.isInteger(bytes) && (bytes as number) >= 1;
  return isPossible && (bytes as number) <= MAX_BODY_LIMIT ? (bytes as number) : undefined;
}
