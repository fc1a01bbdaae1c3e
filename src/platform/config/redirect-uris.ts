const LOOPBACK_LITERAL = /^(127\.0\.0\.1|\[::1\])$/;
/** A scheme of one's own is a domain name turned around (RFC 8252 section 7.1). */
const OWN_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;

/**
 * Where native apps may have their sign-in end: one sentence for each address of `OIDC_REDIRECT_URIS` that
 * can be none (RFC 8252 section 7).
 */
export function problemsOfRedirectUris(uris: string[]): string[] {
  return uris
    .filter((uri) => !isPossible(uri))
    .map(
      (uri) =>
        `OIDC_REDIRECT_URIS must hold addresses such as com.example.app:/callback, https://app.example.com/callback or http://127.0.0.1/callback, which "${uri}" is not.`,
    );
}

/**
 * Whether a sign-in may end there: exactly an address of the list; the port of a loopback address is the
 * app's choice (RFC 8252 section 7.3).
 */
export function isAllowedRedirectUri(uri: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => one === uri || (isLoopbackUri(one) && withoutPort(uri) === one));
}

function isPossible(uri: string): boolean {
  if (!URL.canParse(uri) || uri.length > 500) return false;
  const { protocol, href, hash, username, search } = new URL(uri);
  // It has to be the same text whoever writes it.
  if (href !== uri || hash || username || search) return false;
  return protocol === 'https:' || isLoopbackUri(uri) || OWN_SCHEME.test(protocol);
}

function isLoopbackUri(uri: string): boolean {
  const { protocol, hostname, port } = new URL(uri);
  return protocol === 'http:' && LOOPBACK_LITERAL.test(hostname) && port === '';
}

function withoutPort(uri: string): string | undefined {
  if (!URL.canParse(uri) || new URL(uri).href !== uri) return undefined;
  const url = new URL(uri);
  url.port = '';
  return url.href;
}
