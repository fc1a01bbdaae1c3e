import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AppConfig } from '../platform/config/app-config.js';
import { RunMode } from '../platform/config/run-mode.js';
import type { Session } from '../sessions/session.entity.js';
import { SigningKeysService } from '../signing-keys/signing-keys.service.js';

/** `typ` of RFC 9068: no other token of ours, and no one else's, passes for an access token. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
export const ACCESS_TOKEN_ALGORITHM = 'ES256';

/** The claims of an access token (RFC 9068 section 2.2) that we rely on. */
export interface AccessTokenClaims {
  sub: string;
  sid: string;
  /** Seconds since 1970. */
  exp: number;
}

/** Signs access tokens. Verifying them is the work of `JwtStrategy`. */
@Injectable()
export class AccessTokensService implements OnModuleInit {
  constructor(
    private readonly jwt: JwtService,
    private readonly signingKeys: SigningKeysService,
    private readonly config: AppConfig,
    private readonly mode: RunMode,
  ) {}

  /** A wrong `APP_SECRET` stops the server at its start, not the first sign-in. Commands have to work without it. */
  async onModuleInit(): Promise<void> {
    if (this.mode.role === 'server') await this.signingKeys.signer();
  }

  /** A token for a session, and in how many seconds it expires: never after the session itself. */
  async issue(session: Session): Promise<{ accessToken: string; expiresIn: number }> {
    const { kid, privateKey } = await this.signingKeys.signer();
    const remaining = session.absoluteExpiresAt.getTime() - Date.now();
    const expiresIn = Math.max(
      1,
      Math.floor(Math.min(this.config.accessTokenTtl, remaining) / 1000),
    );
    const accessToken = await this.jwt.signAsync(
      { sid: session.id, client_id: this.config.publicUrl },
      {
        privateKey,
        algorithm: ACCESS_TOKEN_ALGORITHM,
        header: { alg: ACCESS_TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid },
        issuer: this.config.publicUrl,
        audience: this.config.publicUrl,
        subject: session.userId,
        jwtid: randomUUID(),
        expiresIn,
      },
    );
    return { accessToken, expiresIn };
  }
}
