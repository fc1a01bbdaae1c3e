import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PASSWORD_RESET_PATH } from '../common/page-paths.js';
import { ProblemFilter } from '../common/problem.filter.js';
import { type Problem, problemFor } from '../common/problem.js';
import { AppError } from '../common/app-error.js';
import { REAUTHENTICATE_PATH } from '../common/page-paths.js';
import { AppConfig } from '../config/app-config.js';
import { PageContexts } from './page-context.js';
import { SignInFirst } from './page-auth.guard.js';

const TITLES: Record<number, string> = {
  403: 'You may not do this',
  404: 'Not found',
  405: 'Not possible here',
  419: 'This form has expired',
  429: 'Too many attempts',
  503: 'Not available at the moment',
};

/** Shows people what went wrong as a page; programs, and everything under `/api`, get a problem document. */
@Injectable()
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  private readonly problems = new ProblemFilter();

  constructor(
    private readonly contexts: PageContexts,
    private readonly config: AppConfig,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for failures that never reach Nest, such as an address that the router cannot decode. */
  send(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    // Only pages ask for it, whatever the browser or program said that it takes.
    const mustSignIn = thrown instanceof SignInFirst;
    if (!mustSignIn && !wantsPage(request)) return this.problems.send(thrown, request, reply);
    if (reply.sent) return;
    const page = this.contexts.of(request, reply);
    if (mustSignIn) {
      const query = thrown.next ? `?next=${encodeURIComponent(thrown.next)}` : '';
      return page.redirect(`/accounts/login${query}`);
    }
    if (thrown instanceof AppError && thrown.code === 'recent_login_required') {
      page.tell('info', 'This is for recent sign-ins only: please show that it is still you.');
      return page.redirect(
        `${REAUTHENTICATE_PATH}?next=${encodeURIComponent(this.formOf(request))}`,
      );
    }
    const { body, headers, cause } = problemFor(thrown, request.url);
    if (body.status >= 500) this.problems.log(request, cause);
    void reply.headers(headers);
    page.show(
      TITLES[body.status] ?? 'Something went wrong',
      <>
        <p class="lead">{body.detail}</p>
        <Missing problem={body} />
        {body.status === 429 && !page.principal && (
          <p>
            If you do not know your password, <a href={PASSWORD_RESET_PATH}>choose a new one</a>.
          </p>
        )}
        <p>
          {body.status === 419 && <a href={this.formOf(request)}>Open the page again</a>}
          {body.status !== 419 && <a href="/">Go to the start page</a>}
        </p>
      </>,
      body.status,
    );
  }

  /** The page that a form stood on, to which people go back; the start page when nobody can tell. */
  private formOf({ method, url, headers: { referer = '' } }: FastifyRequest): string {
    if (method === 'GET') return url;
    const page = URL.canParse(referer) ? new URL(referer) : undefined;
    return page?.origin === this.config.publicUrl ? page.pathname + page.search : '/';
  }
}

/** What an administrator would have to give, for which the visitor can ask. */
function Missing({ problem }: { problem: Problem }) {
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

function wantsPage({ url, headers }: FastifyRequest): boolean {
  return !/^\/api(?:$|[/?])/.test(url) && /\btext\/html\b/.test(headers.accept ?? '');
}
