import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemFilter } from '../../http/problem.filter.js';
import { problemFor } from '../../http/problem.js';
import { AppError } from '../../http/app-error.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { tableOfTakenValue, takenValueError } from '../../platform/database/taken-value.js';
import { ERROR_PAGE } from './error.page.js';
import { InterruptedForms } from './interrupted-forms.js';
import type { PageAnswer } from './page-answer.js';
import { type PageContext, PageContexts } from './page-context.js';
import { SignInFirst } from './page-auth.guard.js';
import { textForPeople } from './problem-texts.js';

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
    private readonly dataSource: GatehouseDataSource,
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
    let answer: PageAnswer;
    try {
      answer = this.answerTo(thrown, this.contexts.contextOf(request, reply));
    } catch (error) {
      // A view or a part of the layout of the product fails, on the page of errors as well.
      return this.problems.send(error, request, reply);
    }
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
    const again = OPENED_AGAIN.has(body.code) ? this.againAt(page, body.code) : undefined;
    const message = textForPeople(body.code, body.detail);
    const props = { page, problem: body, message, again };
    const answer = page.showPage(ERROR_PAGE, props, { status: body.status });
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

function wantsPage({ url, headers }: FastifyRequest): boolean {
  return !/^\/api(?:$|[/?])/.test(url) && /\btext\/html\b/.test(headers.accept ?? '');
}
