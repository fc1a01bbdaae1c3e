import { isUtf8 } from 'node:buffer';
import { parse as parseForm } from 'node:querystring';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../http/app-error.js';

const CHARSET = /;\s*charset\b[^;]*/gi;
const IS_UTF8_CHARSET = /^;\s*charset=("?)utf-?8\1\s*$/i;
const HAS_MEDIA_TYPE = /^\s*[^\s/;]+\/[^\s/;]+\s*(?:;|$)/;
/** An escape in JSON: of a surrogate, or another one. */
const JSON_ESCAPE = /\\(?:u(d[89a-f][\da-f]{2})|.)/gis;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Refuses every request that is not valid UTF-8 (RFC 8259 section 8.1, RFC 3629 section 3): 400
 * `malformed_request`. A lossy decoder replaces invalid bytes with U+FFFD, which makes different passwords
 * equal. An empty body is valid for every content type, because the handler decides whether it needs one.
 */
export function refuseOtherEncodings(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Fastify would refuse a malformed type before it looks for a body.
    const type = request.headers['content-type'];
    if (type !== undefined && !HAS_MEDIA_TYPE.test(type)) delete request.headers['content-type'];
    done(isDecodable(request.url) ? undefined : new AppError('malformed_request'));
  });
  const asBuffer = { parseAs: 'buffer' } as const;
  fastify.addContentTypeParser('application/json', asBuffer, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null);
    const text = textOf(request, body);
    if (LONE_SURROGATE.test(withLiteralSurrogates(text))) throw new AppError('malformed_request');
    return parseJson(request, text, done);
  });
  const form = 'application/x-www-form-urlencoded';
  fastify.addContentTypeParser(form, asBuffer, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null);
    const text = textOf(request, body);
    if (!isDecodable(text)) throw new AppError('malformed_request');
    return done(null, parseForm(text, '&', '=', { maxKeys: 0 }));
  });
  fastify.addContentTypeParser('*', (_request, payload, done) => {
    payload.once('data', () => done(new AppError('unsupported_media_type')));
    payload.once('end', () => done(null));
  });
}

/** The body as text. Throws `AppError` 415 for a declared charset other than UTF-8, 400 for invalid bytes. */
function textOf({ headers }: FastifyRequest, body: Buffer): string {
  const charsets = headers['content-type']?.match(CHARSET) ?? [];
  if (!charsets.every((charset) => IS_UTF8_CHARSET.test(charset))) {
    throw new AppError('unsupported_media_type');
  }
  if (!isUtf8(body)) throw new AppError('malformed_request');
  return body.toString();
}

/** Whether every percent escape belongs to valid UTF-8. */
function isDecodable(text: string): boolean {
  try {
    if (text.includes('%')) decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON with its escaped surrogates as characters, so that a lone one shows. */
function withLiteralSurrogates(text: string): string {
  return text.replaceAll(JSON_ESCAPE, (_escape, unit?: string) =>
    unit === undefined ? '_' : String.fromCharCode(Number.parseInt(unit, 16)),
  );
}
