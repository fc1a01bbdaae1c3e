import { render } from 'preact-render-to-string';
import { Layout } from './templates/layout.js';
import { type MailData, type MailName, MAILS, type MailTemplate } from './templates/mails.js';

const TEXT_WIDTH = 76;

let toText: Promise<(html: string) => string> | undefined;

export interface RenderedMail {
  subject: string;
  html: string;
  text: string;
}

/** A mail as it is sent: HTML, and the same as plain text with the addresses of its links. */
export async function renderMail<Name extends MailName>(
  name: Name,
  data: MailData<Name>,
): Promise<RenderedMail> {
  const { subject, body } = MAILS[name] as unknown as MailTemplate<MailData<Name>>;
  const html = `<!doctype html>${render(<Layout title={subject}>{body(data)}</Layout>)}`;
  const text = await (toText ??= converter());
  return { subject, html, text: `${text(html).trim()}\n` };
}

/** Loaded with the first mail, not with every start. */
async function converter(): Promise<(html: string) => string> {
  const { compile } = await import('html-to-text');
  return compile({
    wordwrap: TEXT_WIDTH,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: false } },
    ],
  });
}
