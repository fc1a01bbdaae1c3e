import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import type { User } from '../users/user.entity.js';
import type { AuthenticationBackend, Credentials } from './authentication-backend.js';

/** The answer of all backends together. `failure`: why one of them, which might have known, could not answer. */
export type Verdict =
  | { outcome: 'found'; found: AuthenticatedUser; failure: Error | undefined }
  /** The password is wrong, or was not to be right. */
  | { outcome: 'refused'; failure: Error | undefined }
  /** Each backend that answered knows another password, or none. */
  | { outcome: 'unknown'; failure: Error | undefined }
  | { outcome: 'unanswered'; failure: Error };

/**
 * The ways to authenticate, in the order of `GatehouseModule.forRoot()`. The first that knows whose a password is decides,
 * and nobody after it gets to see it. They are asked all the same, about nobody: every failure takes what an
 * unknown name takes (ASVS 6.3.8), and is a failure for all alike when one of them is down.
 */
export class AuthenticationBackends {
  private readonly logger = new Logger('AuthenticationBackends');

  constructor(private readonly backends: AuthenticationBackend[]) {}

  /**
   * @param isDecoy that nobody is to be let in, whatever the password: all are asked about nobody
   * @param mustBe the only one whom the password may belong to
   */
  async verifyCredentials(
    credentials: Credentials,
    { isDecoy, mustBe }: { isDecoy: boolean; mustBe?: User },
  ): Promise<Verdict> {
    let isRefused = isDecoy;
    let isAnswered = false;
    let failure: Error | undefined;
    for (const backend of this.backends) {
      try {
        const answer = await backend.authenticate(isRefused ? nobody(credentials) : credentials);
        isAnswered = true;
        if (isRefused || answer === 'not_mine') continue;
        const isSomebodyElse = answer !== 'refused' && mustBe && answer.id !== mustBe.id;
        if (answer === 'refused' || isSomebodyElse) isRefused = true;
        else return { outcome: 'found', found: { user: answer, amr: [...backend.amr] }, failure };
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        failure ??= error;
        if (!(error instanceof AppError && error.status === 503)) this.warn(backend, error);
      }
    }
    if (!isAnswered) {
      return { outcome: 'unanswered', failure: failure ?? new Error('There is no backend.') };
    }
    return { outcome: isRefused ? 'refused' : 'unknown', failure };
  }

  /** By its message alone: what else an error carries may be the password. */
  private warn(backend: AuthenticationBackend, { message, cause }: Error): void {
    const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
    this.logger.warn(`${backend.constructor.name} did not answer: ${reason}`);
  }
}

/** Credentials that are nobody's anywhere. */
function nobody({ actor, place }: Credentials): Credentials {
  return { actor, name: randomUUID(), password: randomUUID(), account: null, place };
}
