import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { isUUID } from 'class-validator';
import { ExtractJwt, Strategy, type SecretOrKeyProvider } from 'passport-jwt';
import type { Principal } from '../common/principal.js';
import { AppConfig } from '../config/app-config.js';
import { SigningKeysService } from '../signing-keys/signing-keys.service.js';
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_TYPE,
  type AccessTokenClaims,
} from './access-tokens.service.js';
import { PrincipalsService } from './principals.service.js';

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
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    config: AppConfig,
    signingKeys: SigningKeysService,
    private readonly principals: PrincipalsService,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: keyProvider(signingKeys),
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: config.publicUrl,
      audience: config.publicUrl,
    });
  }

  async validate({ sub, sid }: AccessTokenClaims): Promise<Principal | false> {
    if (!isUUID(sid)) return false;
    const principal = await this.principals.ofSession(sid);
    return principal?.userId === sub ? principal : false;
  }
}

/** That a token could not be judged, which says nothing about the token. `cause` is why. */
export class KeyLookupError extends Error {}

/** The `kid` only looks a key up; keys that the token brings along or points to are not honoured. */
function keyProvider(signingKeys: SigningKeysService): SecretOrKeyProvider {
  return (_request, token: string, done) => {
    const header = headerOf(token);
    const isOurs =
      header?.typ === ACCESS_TOKEN_TYPE &&
      header.alg === ACCESS_TOKEN_ALGORITHM &&
      header.crit === undefined &&
      typeof header.kid === 'string';
    if (!isOurs) return done(new Error('not an access token'));
    signingKeys.verificationKey(header.kid as string).then(
      (key) => (key ? done(null, key as never) : done(new Error('unknown key'))),
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
