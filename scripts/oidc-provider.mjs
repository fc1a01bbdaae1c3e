// A certified OpenID Connect provider for this machine (panva/node-oidc-provider), which lets everybody in by any
// name and any password: for `npm run dev:oidc` and for tests, and for nothing else.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';

/**
 * Makes a provider that has not begun to listen. Whoever types "ann" is ann@example.com, whoever types an address
 * has that one.
 * @param {string} issuer where it will listen
 * @param {{ id: string, secret: string, redirectUris: string[] }} client the one application that may ask it
 * @param {import('oidc-provider').Configuration} [overrides]
 */
export function createOidcProvider(issuer, { id, secret, redirectUris }, overrides = {}) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Provider(issuer, {
    clients: [
      {
        client_id: id,
        client_secret: secret,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        // A sign-in counts as recent only by its own time.
        require_auth_time: true,
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'preferred_username'],
    },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 600,
      Interaction: 600,
      Session: 86_400,
    },
    findAccount: (_context, login) => ({ accountId: login, claims: () => claimsOf(login) }),
    ...overrides,
  });
}

function claimsOf(login) {
  const name = login.split('@')[0];
  return {
    sub: login,
    email: login.includes('@') ? login : `${login}@example.com`,
    email_verified: true,
    preferred_username: name,
    given_name: name,
    name,
  };
}
