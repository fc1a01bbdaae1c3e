import { deriveKey, mac, seal } from '../../src/common/crypto.js';
import { TEST_SECRET } from './app.js';
import type { HttpClient } from './http.js';

/** What a browser sends that is signed in with the session of an access token, and what its forms carry. */
export function browserOf(accessToken?: string): { cookie: string; formToken: string } {
  const { sid = '', sub: userId = '' } = accessToken === undefined ? {} : claimsOf(accessToken);
  const secret = 'a secret of this browser';
  const cookies = [signed('form', secret), ...(sid ? [signed('session', sid)] : [])];
  return { cookie: cookies.join('; '), formToken: sealed(secret, `${sid} ${userId} /`) };
}

/** Sends a request as a browser that is signed in with the session of that token, from a page of ours. */
export function sendAsBrowser(
  http: HttpClient,
  method: string,
  path: string,
  fields: object = {},
  token?: string,
  isAlive = true,
) {
  const { cookie } = browserOf(token);
  const { formToken } = browserOf(isAlive ? token : undefined);
  const headers = { accept: 'text/html', cookie, 'sec-fetch-site': 'same-origin' };
  if (method === 'GET') return http.get(path, headers);
  const form = new URLSearchParams({ ...fields, _token: formToken });
  return http.send(method, path, form.toString(), {
    ...headers,
    'content-type': 'application/x-www-form-urlencoded',
  });
}

/** The session that an access token belongs to. */
export function sessionIdOf(accessToken: string): string {
  return claimsOf(accessToken).sid!;
}

function claimsOf(accessToken: string): { sid?: string; sub?: string } {
  const payload = Buffer.from(accessToken.split('.')[1]!, 'base64url').toString();
  return JSON.parse(payload) as { sid: string; sub: string };
}

function sealed(secret: string, value: string): string {
  return seal(deriveKey(TEST_SECRET, 'browser-seals'), value, `form-token:${secret}`);
}

function signed(name: string, value: string): string {
  const encoded = Buffer.from(value).toString('base64url');
  return `gatehouse-${name}=${encoded}.${sign(name, encoded)}`;
}

function sign(purpose: string, value: string): string {
  return mac(deriveKey(TEST_SECRET, 'page-cookies'), `${purpose}:${value}`);
}
