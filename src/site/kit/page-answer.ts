import type { FastifyReply } from 'fastify';
import { pagePolicy } from './content-security-policy.js';
import type { FormOutcome } from './page-frame.js';

/** What a handler of a page controller returns: a page, or the way on to another one. */
export class PageAnswer {
  private constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly html?: string,
  ) {}

  /** @param policy the Content-Security-Policy of the page */
  static page(
    html: string,
    { status = 200, retryAfter }: FormOutcome = {},
    policy: string = pagePolicy(),
  ): PageAnswer {
    return new PageAnswer(
      status,
      {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': policy,
        // Without it a browser that knows no Sec-Fetch-Site would hide where our own forms come from.
        'Referrer-Policy': 'same-origin',
        ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
      },
      html,
    );
  }

  /** Sends the browser on: see other (RFC 9110 section 15.4.4). */
  static redirect(path: string): PageAnswer {
    return new PageAnswer(303, { Location: path });
  }

  /** The same answer with more headers, or with others in their place. */
  with(headers: Record<string, string>): PageAnswer {
    return new PageAnswer(this.status, { ...this.headers, ...headers }, this.html);
  }

  /** Sets its status and headers, and returns the body that is to be sent. */
  writeHead(reply: FastifyReply): string | undefined {
    void reply.code(this.status).headers(this.headers);
    return this.html;
  }
}
