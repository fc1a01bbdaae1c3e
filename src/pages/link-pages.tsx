import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error.js';
import { LinkCookie } from './link-cookie.js';
import { sendPage } from './send-page.js';

/** A page behind a mailed link that asks for one press of a button. */
export interface LinkPage {
  path: string;
  title: string;
  explanation: string;
  button: string;
  done: string;
}

/** Pages behind mailed links: the token leaves the address bar first, and nothing happens before the button is pressed. */
@Injectable()
export class LinkPages {
  constructor(private readonly cookie: LinkCookie) {}

  show(request: FastifyRequest, reply: FastifyReply, page: LinkPage, token: unknown): void {
    if (typeof token === 'string' && token) return this.cookie.swap(reply, page.path, token);
    if (!this.cookie.read(request, page.path)) return sendDeadLink(reply, page.title);
    return sendPage(
      reply,
      page.title,
      <form method="post" action={page.path}>
        <p>{page.explanation}</p>
        <button type="submit">{page.button}</button>
      </form>,
    );
  }

  async act(
    request: FastifyRequest,
    reply: FastifyReply,
    page: LinkPage,
    action: (token: string) => Promise<void>,
  ): Promise<void> {
    const token = this.cookie.read(request, page.path);
    this.cookie.clear(reply, page.path);
    try {
      if (!token) throw new AppError('invalid_link');
      await action(token);
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid_link') {
        return sendDeadLink(reply, page.title);
      }
      throw error;
    }
    return sendPage(reply, page.title, <p role="status">{page.done}</p>);
  }
}

/** The page of a link that is of no use any more. */
export function sendDeadLink(reply: FastifyReply, title: string): void {
  sendPage(reply, title, <p class="error">{new AppError('invalid_link').message}</p>, 400);
}
