import { originIn, prefixIn, withoutPrefix } from '../../common/url-parts.js';
import { CONTROL_CHARACTERS } from '../../common/text.js';

const MAX_LENGTH = 2_000;

/**
 * Where a visitor may be sent on to: a path of ours, as it was asked for; everything that a browser could
 * read as another place gives undefined (ATTACKS A40; Django's `url_has_allowed_host_and_scheme`).
 */
export function safeNext(next: unknown, publicUrl: string): string | undefined {
  if (typeof next !== 'string' || next.length > MAX_LENGTH) return undefined;
  if (!next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return undefined;
  if (CONTROL_CHARACTERS.test(next) || !URL.canParse(next, publicUrl)) return undefined;
  const url = new URL(next, publicUrl);
  const path = withoutPrefix(url.pathname, prefixIn(publicUrl));
  // Not back to where one signs in or out, which would be a loop.
  const isDoor = /^\/accounts\/(login|logout|register|reauthenticate|federation)\b/.test(path);
  return url.origin === originIn(publicUrl) && !path.startsWith('//') && !isDoor
    ? path + url.search + url.hash
    : undefined;
}
