import { ApiProperty } from '@nestjs/swagger';
import type { Principal } from '../access/principal.js';
import { UsernameInAnswer } from '../users/username-fields.js';
import { usernameInAnswer } from '../users/usernames.js';

/** Who is calling: the user and the session behind the access token. */
export class PrincipalDto implements Omit<Principal, 'username'> {
  @ApiProperty({ format: 'uuid' })
  userId!: string;
  @UsernameInAnswer()
  username!: string | null;
  /** @example ["editor"] */
  roles!: string[];
  /**
   * What the user may do, by roles and directly. A superuser may do everything.
   * @example ["users.view"]
   */
  permissions!: string[];
  /** @example false */
  isSuperuser!: boolean;
  @ApiProperty({ format: 'uuid' })
  sessionId!: string;
  /** When the user signed in, ISO 8601. 1970-01-01T00:00:00.000Z where a provider did not tell: never recent. */
  @ApiProperty({ format: 'date-time' })
  authenticatedAt!: string;
  /**
   * How the user signed in (RFC 8176).
   * @example ["pwd"]
   */
  amr!: string[];
  /** When the session ends unless it is refreshed, ISO 8601. */
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  static of(principal: Principal): PrincipalDto {
    const { roles, permissions, amr } = principal;
    return {
      ...principal,
      username: usernameInAnswer(principal.username),
      roles: [...roles],
      permissions: [...permissions],
      amr: [...amr],
    };
  }
}
