import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { isUUID } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy, type SecretOrKeyProvider } from 'passport-jwt';
import type { Principal } from '../access/principal.js';
import { AppConfig } from '../platform/config/app-config.js';
import { SigningKeysService, type TrustedKey } from '../signing-keys/signing-keys.service.js';
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_TYPE,
  type AccessTokenClaims,
} from './access-tokens.service.js';
import { PrincipalsService } from './principals.service.js';
import { VerifiedTokens } from './verified-tokens.js';

/** Its name in Passport, which all strategies of a process share: an application may have a `jwt` of its own. */
export const JWT_STRATEGY = 'gatehouse-jwt';

const MAX_TOKEN_LENGTH = 4096;

interface Header {
  alg?: unknown;
  typ?: unknown;
  kid?: unknown;
  crit?: unknown;
}

/**
 * Bearer access tokens (RFC 6750, RFC 9068): from the Authorization header only, of our type, signed
 * by a key of ours with the one algorithm we use, and of a session that is alive (RFC 8725).
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, JWT_STRATEGY) {
  constructor(
    config: AppConfig,
    signingKeys: SigningKeysService,
    private readonly principals: PrincipalsService,
    private readonly verified: VerifiedTokens,
  ) {
    super({
      passReqToCallback: true,
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: keyProvider(signingKeys),
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: config.publicUrl,
      audience: config.publicUrl,
    });
  }

  async validate(request: FastifyRequest, claims: AccessTokenClaims): Promise<Principal | false> {
    const { sub, sid } = claims;
    if (!isUUID(sid)) return false;
    const principal = await this.principals.ofSession(sid);
    if (principal?.userId !== sub) return false;
    this.verified.remember(request.headers.authorization!, claims, usedKeys.get(request)!);
    return principal;
  }
}

/** With which key the token of a request was verified. */
const usedKeys = new WeakMap<FastifyRequest, TrustedKey>();

/** That a token could not be judged, which says nothing about the token. `cause` is why. */
export class KeyLookupError extends Error {}

/** The `kid` only looks a key up; keys that the token brings along or points to are not honoured. */
function keyProvider(signingKeys: SigningKeysService): SecretOrKeyProvider {
  return (request: FastifyRequest, token: string, done) => {
    const header = headerOf(token);
    const isOurs =
      header?.typ === ACCESS_TOKEN_TYPE &&
      header.alg === ACCESS_TOKEN_ALGORITHM &&
      header.crit === undefined &&
      typeof header.kid === 'string';
    if (!isOurs) return done(new Error('not an access token'));
    signingKeys.verificationKey(header.kid as string).then(
      (key) => {
        if (!key) return done(new Error('unknown key'));
        usedKeys.set(request, key);
        return done(null, key.publicKey as never);
      },
      (cause: unknown) => done(new KeyLookupError('the keys could not be read', { cause })),
    );
  };
}

function headerOf(token: string): Header | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.split('.', 1)[0]!, 'base64url').toString(),
    );
    return typeof header === 'object' && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}
