import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import { AppConfig } from '../platform/config/app-config.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';

/** A condition between right credentials and a session. Throws `AppError` to refuse the sign-in. */
type SignInStep = (authenticated: AuthenticatedUser, config: AppConfig) => void | Promise<void>;

/** Every sign-in walks these in this order, whichever door and factor; the first that refuses decides. */
const SIGN_IN_STEPS: readonly SignInStep[] = [isActive, hasProvenAddress];

/** What an account has to satisfy before a session is opened or renewed for it. */
@Injectable()
export class SignInSteps {
  constructor(private readonly config: AppConfig) {}

  /** Throws `AppError` 401 `invalid_credentials` for an inactive account, 403 `email_not_verified`. */
  async walk(authenticated: AuthenticatedUser): Promise<void> {
    for (const step of SIGN_IN_STEPS) await step(authenticated, this.config);
  }
}

/** With a wrong password an inactive account is not told apart: the password is judged before. */
function isActive({ user }: AuthenticatedUser): void {
  if (user.isActive) return;
  throw new AppError('invalid_credentials', {
    detail: 'This account is inactive. Ask an administrator.',
  });
}

function hasProvenAddress({ user }: AuthenticatedUser, { emailVerification }: AppConfig): void {
  if (user.emailVerifiedAt || emailVerification !== 'mandatory') return;
  throw new AppError('email_not_verified');
}
