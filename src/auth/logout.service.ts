import { Injectable } from '@nestjs/common';
import { SessionsService } from '../sessions/sessions.service.js';

/** Signing out. */
@Injectable()
export class LogoutService {
  constructor(private readonly sessions: SessionsService) {}

  /** Ends a session at once, on every instance (ASVS 7.4.1). */
  async logout(sessionId: string): Promise<void> {
    await this.sessions.end(sessionId, 'logout', new Date());
  }
}
