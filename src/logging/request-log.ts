import { createHash } from 'node:crypto';
import type { Principal } from '../common/principal.js';
import type { FinishedRequest } from './request-watch.js';

const SESSION_DIGITS = 12;

/** What a line says of whoever is signed in, which is the same for all their requests. */
const descriptions = new WeakMap<Principal, string>();

/**
 * One line of JSON, in the shape of all other lines of the log; `duration` in milliseconds. Written by hand: of
 * the cost of a whole guarded request, `JSON.stringify` of all this would be a twentieth.
 */
export function jsonLine(request: FinishedRequest): string {
  const { requestId, method, route, status, milliseconds, ip, principal } = request;
  // An id and an address of ours, a method that the HTTP parser let through: nothing that JSON would escape.
  return (
    `{"level":"log","pid":${process.pid},"timestamp":${Date.now()},"message":"request","context":"Request"` +
    `,"requestId":"${requestId}"${method === undefined ? '' : `,"method":"${method}"`}` +
    `${route === undefined ? '' : `,"route":${JSON.stringify(route)}`},"status":${status}` +
    `,"duration":${Math.round(milliseconds * 100) / 100},"ip":"${ip}"` +
    `${principal ? description(principal) : ''}}`
  );
}

/** The same for whoever sits before it. */
export function readableLine(request: FinishedRequest): string {
  const { method = 'no HTTP', route = '(no route)', status, milliseconds, principal } = request;
  const time = new Date().toTimeString().slice(0, 8);
  const who = principal ? ` ${principal.username}` : '';
  return `${time} ${method} ${route} ${status} ${milliseconds.toFixed(1)} ms${who}`;
}

/**
 * The account, and what tells its sessions apart without naming them, as the id of a session is what its cookie
 * and its tokens are made of: the first 48 bits of its SHA-256, in hexadecimal.
 */
function description(principal: Principal): string {
  const known = descriptions.get(principal);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(principal.sessionId).digest('hex');
  const text = `,"userId":"${principal.userId}","session":"${hash.slice(0, SESSION_DIGITS)}"`;
  descriptions.set(principal, text);
  return text;
}
