import { Injectable } from '@nestjs/common';
import { AccountPresenter } from '../permissions/account-presenter.js';
import type { Session } from '../sessions/session.entity.js';
import type { User } from '../users/user.entity.js';
import { AccessTokensService } from './access-tokens.service.js';
import { RefreshTokens } from './refresh-tokens.js';
import type { TokensDto } from './tokens.dto.js';

/** What an API client gets for a session: an access token, the refresh token of the row, the account. */
@Injectable()
export class TokensService {
  constructor(
    private readonly accessTokens: AccessTokensService,
    private readonly refreshTokens: RefreshTokens,
    private readonly accounts: AccountPresenter,
  ) {}

  async issue({ user, session }: { user: User; session: Session }): Promise<TokensDto> {
    const { accessToken, expiresIn } = await this.accessTokens.issue(session);
    const account = await this.accounts.present(user);
    const refreshToken = this.refreshTokens.of({
      sessionId: session.id,
      counter: session.refreshCounter,
    });
    return { tokenType: 'Bearer', accessToken, expiresIn, refreshToken, user: account };
  }
}
