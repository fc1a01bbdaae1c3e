import { Injectable } from '@nestjs/common';
import type { Session } from '../sessions/session.entity.js';
import { AppError } from '../http/app-error.js';
import { AccountDto } from '../users/account.dto.js';
import type { User } from '../users/user.entity.js';
import { AccessTokensService } from './access-tokens.service.js';
import { PrincipalsService } from './principals.service.js';
import { RefreshTokens } from './refresh-tokens.js';
import type { TokensDto } from './tokens.dto.js';

/** What an API client gets for a session: an access token, the refresh token of the row, the account. */
@Injectable()
export class TokensService {
  constructor(
    private readonly accessTokens: AccessTokensService,
    private readonly refreshTokens: RefreshTokens,
    private readonly principals: PrincipalsService,
  ) {}

  /** Throws `AppError` 401 `invalid_token` when the session has just been ended. */
  async issue({ user, session }: { user: User; session: Session }): Promise<TokensDto> {
    // What the first request with the token would have to look up is in memory from here on.
    const principal = await this.principals.ofSession(session.id);
    if (!principal) throw new AppError('invalid_token');
    const { accessToken, expiresIn } = await this.accessTokens.issue(session);
    const account = AccountDto.of(user, principal);
    const refreshToken = this.refreshTokens.refreshTokenOf({
      sessionId: session.id,
      counter: session.refreshCounter,
    });
    return { tokenType: 'Bearer', accessToken, expiresIn, refreshToken, user: account };
  }
}
