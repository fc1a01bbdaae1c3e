import { Logger } from '@nestjs/common';
import { AppError } from '../../http/app-error.js';
import { federationPath, LOGIN_PATH, PROFILE_PATH, withNext } from '../../http/page-paths.js';
import type { ProblemCode } from '../../http/problem-catalogue.js';
import type { PageAnswer } from '../kit/page-answer.js';
import type { PageContext } from '../kit/page-context.js';
import { textForPeople } from '../kit/problem-texts.js';

const logger = new Logger('Federation');

const TITLES: Partial<Record<ProblemCode, string>> = {
  federation_attempt_invalid: 'This sign-in is over',
  federation_declined: 'You did not sign in there',
  federation_not_recent: 'That was no new sign-in',
  federation_sign_in_to_link: 'You have an account already',
  identity_taken: 'This is connected already',
  registration_closed: 'Registration is closed',
  registration_refused: 'No account was opened',
  email_not_verified: 'Confirm your email address',
  invalid_credentials: 'This account is inactive',
  provider_answer_refused: 'This did not work',
  provider_unavailable: 'It cannot be reached',
};

/** To begin again makes sense. */
const TRY_AGAIN = new Set<string>([
  'federation_attempt_invalid',
  'federation_declined',
  'provider_unavailable',
] satisfies ProblemCode[]);

/**
 * Shows why it did not work with a provider and what to do now. Throws on what has nothing to do with it. A failure of
 * the provider is logged as well: its visitors cannot do anything about it.
 */
export function showFederationFailure(
  page: PageContext,
  provider: string,
  error: unknown,
  next: string | undefined,
): PageAnswer {
  const title = error instanceof AppError ? TITLES[error.code as ProblemCode] : undefined;
  if (!title) throw error;
  const { code, message, status, retryAfter, cause } = error as AppError;
  if (status >= 500) logger.error((cause as Error).message, { requestId: page.request.id });
  const back = page.principal ? PROFILE_PATH : withNext(LOGIN_PATH, next);
  return page.show(
    title,
    <>
      <p class="lead">{textForPeople(code, message)}</p>
      <p>
        {!page.principal && TRY_AGAIN.has(code) && (
          <>
            <a
              class="btn btn-primary"
              href={withNext(federationPath(provider), next)}
              rel="nofollow"
            >
              Try again
            </a>{' '}
          </>
        )}
        <a class="btn btn-outline-secondary" href={back}>
          {page.principal ? 'Back to your profile' : 'Sign in in another way'}
        </a>
      </p>
    </>,
    { status, retryAfter },
  );
}
