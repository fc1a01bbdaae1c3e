import { PASSWORD_RESET_PATH } from '../../http/page-paths.js';

/** What somebody is told who is asked for a password and has none, because they sign in with a provider. */
export function NoPassword({ isShown }: { isShown: boolean }) {
  if (!isShown) return null;
  return (
    <div class="alert alert-info narrow">
      Your account has no password yet.{' '}
      <a class="alert-link" href={PASSWORD_RESET_PATH}>
        Have a link sent
      </a>{' '}
      to your confirmed email address to choose one, and come back.
    </div>
  );
}
