import type { HttpClient } from './http.js';
import { eventually } from './process.js';

const unescape = (html: string) =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

/** An email of the development mailbox, by its subject. Waits until it is there. */
export async function keptEmail(
  http: HttpClient,
  subject: string,
): Promise<{ html: string; text: string }> {
  const link = async () => {
    const { text } = await http.get('/dev/mailbox');
    const links = text.matchAll(/href="(\/dev\/mailbox\/[^"]+)"><div[^>]*>([^<]*)</g);
    return [...links].find(([, , shown]) => unescape(shown!) === subject)?.[1];
  };
  await eventually(async () => (await link()) !== undefined, `an email "${subject}"`);
  const path = (await link())!;
  const { text } = await http.get(path);
  const [, plain] = /<pre class="mail">([\s\S]*?)<\/pre>/.exec(text)!;
  const { text: html } = await http.get(`${path}/html`);
  return { html, text: unescape(plain!.replaceAll(/<[^>]+>/g, '')) };
}
