/** A provider by which people sign in (OpenID Connect Core 1.0, or GitHub's OAuth 2), as it was configured. */
export interface ProviderSettings {
  /** What stands in addresses: "google", "my-company". */
  name: string;
  /** What people read: "Continue with Google". */
  label: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Separated by blanks. */
  scopes: string;
  /** Whether an address that it has verified may lead to an existing account without asking. */
  trustsEmail: boolean;
  /** Apple's secret is a key with which a new one is signed each time. */
  apple?: { teamId: string; keyId: string } | undefined;
}

interface Preset {
  issuer?: string;
  label: string;
  scopes: string;
}

const OPENID_SCOPES = 'openid email profile';

/** What a provider is told by its name alone. Everything can be said otherwise. */
const PRESETS: Record<string, Preset> = {
  google: { issuer: 'https://accounts.google.com', label: 'Google', scopes: OPENID_SCOPES },
  microsoft: { label: 'Microsoft', scopes: OPENID_SCOPES },
  apple: { issuer: 'https://appleid.apple.com', label: 'Apple', scopes: 'openid email' },
  github: { issuer: 'https://github.com', label: 'GitHub', scopes: 'read:user user:email' },
};

const NO_TENANT = /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)\b/i;

/** What is known of a provider of that name when nothing else is said. */
export function presetOf(name: string): Preset {
  return PRESETS[name] ?? { label: capitalized(name), scopes: OPENID_SCOPES };
}

/** Whether a provider is GitHub, or a GitHub Enterprise Server, which know no OpenID Connect. */
export function isGithub({ name }: { name: string }): boolean {
  return name === 'github';
}

/**
 * Says what is wrong with an issuer (OpenID Connect Discovery 1.0 section 3), or nothing.
 * @param allowsLoopback whether this machine may be one, also without TLS
 */
export function weaknessOfIssuer(issuer: string, allowsLoopback: boolean): string | undefined {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (!url || issuer.length > 500 || /[?#\s@]/.test(issuer)) {
    return 'must be a URL without a query, such as https://accounts.example.com.';
  }
  const isLocal = allowsLoopback && url.protocol === 'http:' && isLoopbackHost(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) return 'must begin with https://.';
  // What is fetched there would be believed whatever issuer it names.
  if (url.pathname.includes('/.well-known/')) return 'must be the issuer, not its metadata.';
  if (NO_TENANT.test(issuer)) {
    return 'must be that of one tenant: https://login.microsoftonline.com/<tenant id>/v2.0.';
  }
  return undefined;
}

/** Whether a host, as it stands in a URL, is this machine under any of its addresses. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function capitalized(name: string): string {
  return name.replaceAll(
    /(^|-)([a-z])/g,
    (_, dash: string, letter: string) => `${dash && ' '}${letter.toUpperCase()}`,
  );
}
