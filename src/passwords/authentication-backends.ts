import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { AppError } from '../common/app-error.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import type { User } from '../users/user.entity.js';
import type { AuthenticationBackend, Credentials } from './authentication-backend.js';

/** What all backends together say. */
export interface Verdict {
  /** Undefined: nobody is let in. */
  found?: AuthenticatedUser;
  isRefused: boolean;
  /** Whether there was anybody to answer. */
  isAnswered: boolean;
  /** Why somebody who might have known could not answer. */
  failure?: Error;
}

/**
 * The ways to authenticate, in the order of `app.module.ts`. The first that knows whose a password is decides,
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
  async ask(
    credentials: Credentials,
    { isDecoy, mustBe }: { isDecoy: boolean; mustBe?: User },
  ): Promise<Verdict> {
    const verdict: Verdict = { isRefused: isDecoy, isAnswered: false };
    for (const backend of this.backends) {
      try {
        const asked = verdict.isRefused ? nobody(credentials) : credentials;
        const answer = await backend.authenticate(asked);
        verdict.isAnswered = true;
        if (verdict.isRefused || answer === 'not_mine') continue;
        const isSomebodyElse = answer !== 'refused' && mustBe && answer.id !== mustBe.id;
        if (answer === 'refused' || isSomebodyElse) verdict.isRefused = true;
        else return { ...verdict, found: { user: answer, amr: [...backend.amr] } };
      } catch (thrown) {
        const failure = thrown instanceof Error ? thrown : new Error(String(thrown));
        verdict.failure ??= failure;
        if (!(failure instanceof AppError && failure.status === 503)) this.warn(backend, failure);
      }
    }
    return verdict;
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
