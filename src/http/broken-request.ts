import type { Socket } from 'node:net';
import { problemFor } from './problem.js';

const STATUS_OF_PARSER_ERROR: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers what the HTTP parser refused, on the bare socket, as a problem document all the same (RFC
 * 9457), and closes the connection.
 * @param report notes the answer in the log; returns the id of the request
 */
export function answerBrokenRequest(
  error: Error & { code?: string },
  socket: Socket,
  headers: Record<string, string>,
  report: (status: number) => string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  sendProblem(STATUS_OF_PARSER_ERROR[error.code ?? ''] ?? 400, socket, headers, report);
}

/** Sends a problem document on the bare socket, and closes the connection. */
export function sendProblem(
  statusCode: number,
  socket: Socket,
  headers: Record<string, string>,
  report: (status: number) => string,
): void {
  const { body } = problemFor({ statusCode }, '');
  const text = JSON.stringify(body);
  socket.end(
    [
      `HTTP/1.1 ${body.status} ${body.title}`,
      'Content-Type: application/problem+json; charset=utf-8',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `X-Request-Id: ${report(statusCode)}`,
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}
