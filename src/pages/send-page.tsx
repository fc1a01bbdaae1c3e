import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { ComponentChildren } from 'preact';
import { render } from 'preact-render-to-string';
import { Page } from './layout.js';

/** Sends a page: nothing from elsewhere, no script, one style (ASVS 3.4.3). */
export function sendPage(
  reply: FastifyReply,
  title: string,
  children: ComponentChildren,
  status = 200,
): void {
  const nonce = randomBytes(16).toString('base64');
  const html = render(
    <Page title={title} nonce={nonce}>
      {children}
    </Page>,
  );
  void reply
    .status(status)
    .header(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'nonce-${nonce}'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    )
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>${html}`);
}
