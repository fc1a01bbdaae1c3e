import { SessionDto } from '../sessions/session.dto.js';
import type { Session } from '../sessions/session.entity.js';

/** Somewhere that you are signed in. */
export class AccountSessionDto extends SessionDto {
  /** Whether it is the one that asks. */
  current!: boolean;

  static ofCaller(session: Session, currentId: string): AccountSessionDto {
    return Object.assign(SessionDto.of(session), { current: session.id === currentId });
  }
}
