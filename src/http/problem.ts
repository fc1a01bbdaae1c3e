import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { AppError, type Finding } from './app-error.js';
import { isOutage } from './outage.js';
import { PROBLEMS, type ProblemCode } from './problem-catalogue.js';

/** Text and times that no rule looked at and PostgreSQL cannot hold: NUL, or an impossible time zone. */
const UNSTORABLE_VALUE = /^(22021|2200[789])$/;
const RETRY_AFTER_SECONDS = 1;

/** What Fastify and Nest answer by themselves, before a controller is asked. */
const OF_FRAMEWORK = new Set([400, 404, 413, 415]);

/** RFC 6750 section 3: `error` only when a token was sent. */
const CHALLENGES: Partial<Record<ProblemCode, string>> = {
  authentication_required: 'Bearer',
  invalid_token: 'Bearer error="invalid_token"',
};

/** The first code of the catalogue for a status: the general one. */
const CODE_OF_STATUS = new Map<number, ProblemCode>(
  (Object.keys(PROBLEMS) as ProblemCode[])
    .toReversed()
    .map((code) => [PROBLEMS[code].status, code]),
);

/** The problem document of RFC 9457, with `code` and `errors` as extension members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  errors: Finding[];
  [extension: string]: unknown;
}

export interface ProblemResponse {
  body: Problem;
  headers: Record<string, string>;
  /** What went wrong inside, for the log; never for the caller. */
  cause: unknown;
}

/**
 * Any thrown value as the response it deserves. What is not known becomes a 500 that reveals nothing.
 * @param instance the path of the request, without its query
 */
export function problemFor(thrown: unknown, instance: string): ProblemResponse {
  const error = thrown instanceof AppError ? thrown : undefined;
  const { status, code, detail } = error
    ? { status: error.status, code: error.code, detail: error.message }
    : describe(thrown);
  const retryAfter = error?.retryAfter ?? (status === 503 ? RETRY_AFTER_SECONDS : undefined);
  const challenge = CHALLENGES[code as ProblemCode];
  return {
    body: {
      type: `urn:gatehouse:problem:${code}`,
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail,
      instance,
      code,
      errors: error?.errors ?? [],
      ...error?.extensions,
    },
    headers: {
      ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
      ...(challenge && { 'WWW-Authenticate': challenge }),
    },
    cause: error?.cause ?? thrown,
  };
}

function describe(thrown: unknown): { status: number; code: string; detail: string } {
  if (!(thrown instanceof HttpException) && isOutage(thrown)) return known('service_unavailable');
  if (UNSTORABLE_VALUE.test(String(driverErrorOf(thrown)?.code))) return known('malformed_request');
  const status =
    thrown instanceof HttpException
      ? thrown.getStatus()
      : (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number' || status < 400 || status >= 600) return known('internal_error');
  const code = CODE_OF_STATUS.get(status);
  if (!(thrown instanceof HttpException) && status >= 500) return known('internal_error');
  // What a host's controller says (`new ConflictException('Already published')`) reaches the caller;
  // what the framework says of itself ("Cannot GET /x", a parser's message) does not.
  const isOfHost = thrown instanceof HttpException && !OF_FRAMEWORK.has(status);
  return {
    status,
    code: code ?? 'request_failed',
    detail: isOfHost || !code ? (thrown as Error).message : PROBLEMS[code].detail,
  };
}

function known(code: ProblemCode) {
  return { code, ...PROBLEMS[code] };
}

function driverErrorOf(thrown: unknown): { code?: unknown } | undefined {
  if (!(thrown instanceof Error)) return undefined;
  return (thrown as { driverError?: object }).driverError ?? thrown;
}
