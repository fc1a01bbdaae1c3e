import { compile } from 'html-to-text';
import { render } from 'preact-render-to-string';
import { Layout } from './templates/layout.js';
import { type MailData, type MailName, MAILS, type MailTemplate } from './templates/mails.js';

const TEXT_WIDTH = 76;

const toText = compile({
  wordwrap: TEXT_WIDTH,
  selectors: [{ selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: false } }],
});

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
}

/** A mail as it is sent: HTML, and the same as plain text with the addresses of its links. */
export function renderMail<Name extends MailName>(name: Name, data: MailData<Name>): RenderedMail {
  const { subject, body } = MAILS[name] as unknown as MailTemplate<MailData<Name>>;
  const html = `<!doctype html>${render(<Layout title={subject}>{body(data)}</Layout>)}`;
  return { subject, html, text: `${toText(html).trim()}\n` };
}
