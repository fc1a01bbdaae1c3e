import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error.js';
import { Form } from '../web/forms.js';
import type { PageContext } from '../web/page-context.js';
import { PageCookies } from '../web/page-cookies.js';

const MINUTES = 15;
const MAX_LENGTH = 256;

/** A page behind a mailed link that asks for one press of a button. */
export interface LinkPage {
  path: string;
  title: string;
  explanation: string;
  button: string;
  done: string;
}

/**
 * Pages behind mailed links. The token moves from the address into a cookie before anything is shown, so
 * that it reaches no history, log or Referer (ATTACKS A42), and nothing happens before a button is
 * pressed: programs that scan mails open links too.
 */
@Injectable()
export class LinkPages {
  constructor(private readonly cookies: PageCookies) {}

  show(
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageContext,
    link: LinkPage,
    token: unknown,
  ): void {
    if (this.hasSwapped(reply, page, link.path, token)) return;
    if (!this.tokenOf(request, link.path)) return showDeadLink(page, link.title);
    return page.show(
      link.title,
      <Form page={page} action={link.path} class="narrow">
        <p>{link.explanation}</p>
        <button type="submit" class="btn btn-primary">
          {link.button}
        </button>
      </Form>,
    );
  }

  async act(
    request: FastifyRequest,
    reply: FastifyReply,
    page: PageContext,
    link: LinkPage,
    action: (token: string) => Promise<void>,
  ): Promise<void> {
    const token = this.tokenOf(request, link.path);
    this.forget(reply, link.path);
    try {
      if (!token) throw new AppError('invalid_link');
      await action(token);
    } catch (error) {
      if (isDeadLink(error)) return showDeadLink(page, link.title);
      throw error;
    }
    page.tell('success', link.done);
    return page.redirect(page.principal ? '/accounts/profile' : '/accounts/login');
  }

  /** True when there was a token in the address: it is taken out, and the same page opened without it. */
  hasSwapped(reply: FastifyReply, page: PageContext, path: string, token: unknown): boolean {
    if (typeof token !== 'string' || token === '') return false;
    this.cookies.set(reply, nameOf(path), token.slice(0, MAX_LENGTH), { maxAge: MINUTES * 60 });
    page.redirect(path);
    return true;
  }

  /** The token with which a page was opened. */
  tokenOf(request: FastifyRequest, path: string): string | undefined {
    return this.cookies.read(request, nameOf(path));
  }

  forget(reply: FastifyReply, path: string): void {
    this.cookies.clear(reply, nameOf(path));
  }
}

/** Whether a failure means that a link is of no use. */
export function isDeadLink(error: unknown): boolean {
  return error instanceof AppError && error.code === 'invalid_link';
}

/** The page of a link that is of no use any more. */
export function showDeadLink(page: PageContext, title: string): void {
  page.show(
    title,
    <div class="alert alert-danger" role="alert">
      {new AppError('invalid_link').message}
    </div>,
    400,
  );
}

function nameOf(path: string): string {
  return `link${path.replaceAll('/', '-')}`;
}
