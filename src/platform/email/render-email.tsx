import { render } from 'preact-render-to-string';
import type { EmailFrame } from './email-frame.js';
import { Layout } from './templates/layout.js';
import type { EmailTemplate } from './templates/emails.js';

const TEXT_WIDTH = 76;

let toText: Promise<(html: string) => string> | undefined;

export interface RenderedEmail {
  subject: string;
  html: string;
  text: string;
}

/** An email as it is sent: HTML, and the same as plain text with the addresses of its links. */
export async function renderEmail<Data>(
  template: EmailTemplate<Data>,
  data: Data,
  frame: EmailFrame,
): Promise<RenderedEmail> {
  const { body } = template;
  const subject = typeof template.subject === 'string' ? template.subject : template.subject(data);
  const html = `<!doctype html>${render(
    <Layout title={subject} frame={frame}>
      {body(data)}
    </Layout>,
  )}`;
  const text = await (toText ??= converter());
  return { subject, html, text: `${text(html).trim()}\n` };
}

/** Loaded with the first mail, not with every start. */
async function converter(): Promise<(html: string) => string> {
  const { compile } = await import('html-to-text');
  return compile({
    wordwrap: TEXT_WIDTH,
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: false } },
    ],
  });
}
