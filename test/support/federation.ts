import type { TokensDto } from '../../src/auth/tokens.dto.js';
import type { StartedFederationDto } from '../../src/federated-login/federation.dto.js';
import type { HostileProvider } from './hostile-provider.js';
import type { HttpClient } from './http.js';

/** Where the sign-ins of tests end, which is nowhere. */
export const REDIRECT_URI = 'com.example.app:/callback';

/** Begins to sign in with a provider, or to connect one, expecting that to work. */
export async function start(
  http: HttpClient,
  provider: string,
  purpose: 'auth/federation' | 'account/identities' = 'auth/federation',
): Promise<StartedFederationDto> {
  const path = `/api/${purpose}/${provider}/start`;
  const answer = await http.post<StartedFederationDto>(path, { redirectUri: REDIRECT_URI });
  if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${answer.text}`);
  return answer.body;
}

/** Signs in with a provider as a native app does, whatever comes of it. */
export async function signInWith(
  http: HttpClient,
  name: string,
  provider: HostileProvider,
  claims: Record<string, unknown> = {},
  more: { emailToken?: string } = {},
) {
  const { authorizationUrl, handle } = await start(http, name);
  provider.claims = { ...provider.claims, ...claims };
  const { code, state, iss } = await provider.authorize(authorizationUrl);
  return http.post<TokensDto>(`/api/auth/federation/${name}/complete`, {
    handle,
    code,
    state,
    ...(iss !== undefined && { iss }),
    ...more,
  });
}
