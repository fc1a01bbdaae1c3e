import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { PASSWORD_RESET_PATH, withNext } from '../../http/page-paths.js';
import { ProblemFilter } from '../../http/problem.filter.js';
import { type Problem, problemFor } from '../../http/problem.js';
import { AppError } from '../../http/app-error.js';
import type { ProblemCode } from '../../http/problem-catalogue.js';
import { tableOfTakenValue, takenValueError } from '../../platform/database/taken-value.js';
import { InterruptedForms } from './interrupted-forms.js';
import type { PageAnswer } from './page-answer.js';
import { type PageContext, PageContexts } from './page-context.js';
import { SignInFirst } from './page-auth.guard.js';
import { textForPeople } from './problem-texts.js';

const TITLES: Record<number, string> = {
  403: 'You may not do this',
  404: 'Not found',
  405: 'Not possible here',
  419: 'This form has expired',
  429: 'Too many attempts',
  503: 'Not available at the moment',
};

const TITLES_BY_CODE: Partial<Record<ProblemCode, string>> = {
  cookies_missing: 'Cookies are needed',
  cross_site_request: 'This form was refused',
};

/** What the same form would be refused for again. */
const OPENED_AGAIN = new Set<string>(['form_expired', 'cookies_missing', 'cross_site_request']);

/** Shows people what went wrong as a page; programs, and everything under `/api`, get a problem document. */
@Injectable()
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  private readonly problems = new ProblemFilter();

  constructor(
    private readonly contexts: PageContexts,
    private readonly interrupted: InterruptedForms,
    private readonly dataSource: DataSource,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for failures that never reach Nest, such as an address that the router cannot decode. */
  send(failure: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const thrown = this.takenValueIn(failure, request) ?? failure;
    // Only pages ask for it, whatever the browser or program said that it takes.
    if (!(thrown instanceof SignInFirst) && !wantsPage(request)) {
      return this.problems.send(thrown, request, reply);
    }
    if (reply.sent) return;
    const answer = this.answerTo(thrown, this.contexts.contextOf(request, reply));
    void reply.send(answer.writeHead(reply));
  }

  /** What a request has sent and another row has already, so that a product's handlers need not look for it. */
  private takenValueIn(thrown: unknown, { body }: FastifyRequest): AppError | undefined {
    const table = tableOfTakenValue(thrown);
    if (table === undefined || typeof body !== 'object' || body === null) return undefined;
    const metadata = this.dataSource.entityMetadatas.find(({ tableName }) => tableName === table);
    return metadata && takenValueError(thrown, { metadata }, Object.keys(body));
  }

  private answerTo(thrown: unknown, page: PageContext): PageAnswer {
    if (thrown instanceof SignInFirst) {
      return this.isWithoutCookies(page, thrown)
        ? this.showProblem(page, new AppError('cookies_missing'))
        : this.interrupted.askToSignIn(page, thrown);
    }
    const code = thrown instanceof AppError ? thrown.code : undefined;
    if (code === 'recent_login_required') return this.interrupted.askToSignInAgain(page);
    const shownAgain = code === 'form_expired' ? this.interrupted.showAgain(page) : undefined;
    return shownAgain ?? this.showProblem(page, thrown);
  }

  private showProblem(page: PageContext, thrown: unknown): PageAnswer {
    const { request } = page;
    const { body, headers, cause } = problemFor(thrown, request.url);
    if (body.status >= 500) this.problems.log(request, cause);
    const answer = page.show(
      TITLES_BY_CODE[body.code as ProblemCode] ?? TITLES[body.status] ?? 'Something went wrong',
      <>
        <p class="lead">{textForPeople(body.code, body.detail)}</p>
        <Missing problem={body} />
        {body.status === 429 && !page.principal && (
          <p>
            If you do not know your password,{' '}
            <a href={withNext(PASSWORD_RESET_PATH, page.next)}>choose a new one</a>.
          </p>
        )}
        {body.code === 'form_expired' && page.principal && (
          <p>You are signed in as {page.principal.username}.</p>
        )}
        <p>
          {OPENED_AGAIN.has(body.code) ? (
            <a href={this.againAt(page, body.code)}>Open the page again</a>
          ) : (
            <a href="/">Go to the start page</a>
          )}
        </p>
      </>,
      { status: body.status },
    );
    return answer.with(headers);
  }

  private againAt(page: PageContext, code: string): string {
    const { interrupted } = this;
    if (code !== 'cross_site_request') return interrupted.addressOf(page);
    return interrupted.absoluteAddressOf(page);
  }

  /** A visitor who sends a form without any cookie will not get further by signing in. */
  private isWithoutCookies(
    { request, isKnown }: PageContext,
    { hadSession }: SignInFirst,
  ): boolean {
    return request.method === 'POST' && !isKnown && !hadSession;
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
