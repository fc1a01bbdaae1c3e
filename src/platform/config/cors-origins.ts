import { isLoopback } from '../../common/loopback.js';

/**
 * Returns one sentence for each entry of `CORS_ORIGINS` that is not an origin as browsers send it in `Origin`: scheme,
 * host and a port that is not the default one, in lower case. A list of exact origins has no `*` and no `null`, which
 * any page can send from a sandboxed frame.
 */
export function problemsOfCorsOrigins(origins: string[], isProduction: boolean): string[] {
  return origins.flatMap((origin) => {
    if (!isOrigin(origin)) {
      return `CORS_ORIGINS must hold origins such as https://app.example.com, without a path or a slash at the end, which "${origin}" is not.`;
    }
    return isProduction && !isHttpsOrLoopback(origin)
      ? `CORS_ORIGINS must hold https:// origins in production, which "${origin}" is not; http:// is accepted for localhost only.`
      : [];
  });
}

function isOrigin(text: string): boolean {
  // `*` is a character of hosts as any other for `URL`.
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function isHttpsOrLoopback(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || isLoopback(hostname);
}
