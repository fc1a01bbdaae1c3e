import type { Configuration, ServerMetadata } from 'openid-client';

/** What GitHub does not publish (docs.github.com, "Authorizing OAuth apps"); an Enterprise Server has the same addresses. */
export function githubMetadata(issuer: string): ServerMetadata {
  return {
    issuer,
    authorization_endpoint: `${issuer}/login/oauth/authorize`,
    token_endpoint: `${issuer}/login/oauth/access_token`,
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  };
}

/** Where the interface of a GitHub is. */
function apiOf(issuer: string): string {
  return issuer === 'https://github.com' ? 'https://api.github.com' : `${issuer}/api/v3`;
}

/**
 * Who signed in at GitHub, in the words of OpenID Connect. The subject is the number of the account, as its
 * name can be changed and taken by somebody else; of its addresses it is the primary one.
 */
export async function githubClaims(
  configuration: Configuration,
  accessToken: string,
): Promise<Record<string, unknown>> {
  const api = apiOf(configuration.serverMetadata().issuer);
  const user = await read<{ id?: unknown; login?: unknown; name?: unknown }>(
    configuration,
    accessToken,
    `${api}/user`,
  );
  const emails = await read<unknown>(configuration, accessToken, `${api}/user/emails`);
  const primary = Array.isArray(emails)
    ? (emails as Record<string, unknown>[]).find((one) => one?.primary === true)
    : undefined;
  return {
    sub: Number.isSafeInteger(user.id) ? String(user.id) : undefined,
    preferred_username: user.login,
    name: user.name,
    email: primary?.email,
    email_verified: primary?.verified,
  };
}

async function read<Answer>(
  configuration: Configuration,
  accessToken: string,
  address: string,
): Promise<Answer> {
  const { fetchProtectedResource } = await import('openid-client');
  const answer = await fetchProtectedResource(
    configuration,
    accessToken,
    new URL(address),
    'GET',
    undefined,
    new Headers({ accept: 'application/vnd.github+json' }),
  );
  if (answer.status !== 200) throw new TypeError(`GitHub answered ${answer.status} to ${address}.`);
  return (await answer.json()) as Answer;
}
