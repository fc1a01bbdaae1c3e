import { linksIn } from './html.js';
import type { Visitor } from './visitor.js';

/** Everything that can be reached by links from the start page: each address with its answer. */
export async function pagesFor(
  visitor: Visitor,
): Promise<Map<string, { status: number; text: string }>> {
  const seen = new Map<string, { status: number; text: string }>();
  const waiting = ['/'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    // A list in another order, or its next page, has the same links.
    const key = path.replace(/[?&](cursor|order|effect|roles|permissions)=[^&]*/g, '');
    if (seen.has(key) || key === '/accounts/login') continue;
    const answer = await visitor.get(path);
    const { status } = answer;
    // What is downloaded has no links, and a browser cannot open it.
    const isDownload = answer.headers.has('content-disposition');
    const text = isDownload ? '' : answer.text;
    seen.set(key, { status, text });
    const next = answer.headers.get('location');
    waiting.push(...(next === null ? linksIn(text) : [next]));
  }
  return seen;
}
