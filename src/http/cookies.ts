import type { FastifyRequest } from 'fastify';

/** Several cookies have one name where applications share a host name, or a browser keeps an old one. */
const MAX_OF_A_NAME = 10;

/**
 * Returns what a cookie of ours is called in the browser. With https, no other host can set a `__Host-` cookie, and
 * browsers take one for the path `/` only; `__Secure-` is what is left for another path. Without https every
 * application on localhost shares the cookies: the name is one that no other has.
 */
export function cookieName(name: string, isHttps: boolean, path = '/'): string {
  if (!isHttps) return `gatehouse-${name}`;
  return path === '/' ? `__Host-${name}` : `__Secure-${name}`;
}

/** Returns the values that a request has for a cookie, at most ten: where there are several, each may be the right one. */
export function cookieValues({ headers }: FastifyRequest, sentAs: string): string[] {
  return (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${sentAs}=`))
    .map((pair) => pair.slice(sentAs.length + 1))
    .slice(0, MAX_OF_A_NAME);
}
