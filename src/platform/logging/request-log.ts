import { createHash } from 'node:crypto';
import type { Principal } from '../../access/principal.js';
import type { FinishedRequest } from './request-watch.js';

const SESSION_DIGITS = 12;

/** The digits of each signed-in session, which are the same for all its requests. */
const digits = new WeakMap<Principal, string>();

/** A line of JSON, in the shape of all other lines of the log; `duration` in milliseconds. */
export function jsonLine(request: FinishedRequest): string {
  const { requestId, method, route, status, milliseconds, ip, principal } = request;
  return JSON.stringify({
    level: 'log',
    pid: process.pid,
    timestamp: Date.now(),
    message: 'request',
    context: 'Request',
    requestId,
    method,
    route,
    status,
    duration: Math.round(milliseconds * 100) / 100,
    ip,
    userId: principal?.userId,
    session: principal && sessionDigits(principal),
  });
}

/** A line that people read, for development. */
export function readableLine(request: FinishedRequest): string {
  const { method = 'no HTTP', route = '(no route)', status, milliseconds, principal } = request;
  const time = new Date().toTimeString().slice(0, 8);
  const who = principal ? ` ${principal.username}` : '';
  return `${time} ${method} ${route} ${status} ${milliseconds.toFixed(1)} ms${who}`;
}

/**
 * Tells sessions apart without naming them, because cookies and tokens are made of the id: the first 48 bits of its
 * SHA-256, in hexadecimal.
 */
function sessionDigits(principal: Principal): string {
  let text = digits.get(principal);
  if (text === undefined) {
    const hash = createHash('sha256').update(principal.sessionId).digest('hex');
    text = hash.slice(0, SESSION_DIGITS);
    digits.set(principal, text);
  }
  return text;
}
