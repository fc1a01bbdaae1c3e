import { deriveKey, mac } from '../../src/common/crypto.js';
import { TEST_SECRET } from './app.js';

/** What a browser sends that is signed in with the session of an access token, and what its forms carry. */
export function browserOf(accessToken?: string): { cookie: string; formToken: string } {
  const sid = accessToken === undefined ? '' : sessionIdOf(accessToken);
  const secret = 'a secret of this browser';
  const cookies = [signed('form', secret), ...(sid ? [signed('session', sid)] : [])];
  return { cookie: cookies.join('; '), formToken: sign('form-token', `${secret}:${sid}`) };
}

function sessionIdOf(accessToken: string): string {
  const payload = Buffer.from(accessToken.split('.')[1]!, 'base64url').toString();
  return (JSON.parse(payload) as { sid: string }).sid;
}

function signed(name: string, value: string): string {
  const encoded = Buffer.from(value).toString('base64url');
  return `${name}=${encoded}.${sign(name, encoded)}`;
}

function sign(purpose: string, value: string): string {
  return mac(deriveKey(TEST_SECRET, 'page-cookies'), `${purpose}:${value}`);
}
