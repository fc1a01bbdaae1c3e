import { withNext } from '../../http/page-paths.js';
import type { Problem } from '../../http/problem.js';
import type { PageFrame } from './page-frame.js';
import type { ReplaceablePage } from './page-view.js';

/** What the page of errors is made from. */
export interface ErrorPageProps {
  page: PageFrame;
  /** The problem document that programs get: `status`, `code`, and what is missing. */
  problem: Problem;
  /** What went wrong, as a sentence for people. */
  message: string;
  /** Where to open the page of a refused form again. Undefined: that would not help. */
  again: string | undefined;
}

const TITLES: Record<number, string> = {
  403: 'You may not do this',
  404: 'Not found',
  405: 'Not possible here',
  419: 'This form has expired',
  429: 'Too many attempts',
  503: 'Not available at the moment',
};

const TITLES_BY_CODE: Record<string, string> = {
  cookies_missing: 'Cookies are needed',
  cross_site_request: 'This form was refused',
};

export const ERROR_PAGE: ReplaceablePage<ErrorPageProps> = {
  name: 'error',
  title: ({ problem }) =>
    TITLES_BY_CODE[problem.code] ?? TITLES[problem.status] ?? 'Something went wrong',
  view: ErrorPage,
};

function ErrorPage({ page, problem, message, again }: ErrorPageProps) {
  return (
    <>
      <p class="lead">{message}</p>
      <Missing problem={problem} />
      {problem.status === 429 && !page.principal && (
        <p>
          If you do not know your password,{' '}
          <a href={withNext('/accounts/password/reset', page.next)}>choose a new one</a>.
        </p>
      )}
      {problem.code === 'form_expired' && page.principal && (
        <p>You are signed in as {page.principal.username}.</p>
      )}
      <p>
        {again === undefined ? (
          <a href="/">Go to the start page</a>
        ) : (
          <a href={again}>Open the page again</a>
        )}
      </p>
    </>
  );
}

/** What an administrator would have to give, for which the visitor can ask. */
function Missing({ problem }: { problem: ErrorPageProps['problem'] }) {
  const { missingPermissions, missingRoles, oneIsEnough } = problem;
  const missing = (missingPermissions ?? missingRoles) as string[] | undefined;
  if (!missing) return null;
  const kind = missingPermissions ? 'permission' : 'role';
  const which = oneIsEnough
    ? `one of these ${kind}s`
    : `the ${kind}${missing.length > 1 ? 's' : ''}`;
  return (
    <p>
      Ask an administrator to give you {which}:{' '}
      {missing.map((name, i) => (
        <>
          {i > 0 && (oneIsEnough ? ' or ' : ' and ')}
          <code>{name}</code>
        </>
      ))}
    </p>
  );
}
