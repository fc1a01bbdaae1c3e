import type { HttpClient } from './http-client.js';

const FORM = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
  accept: 'text/html',
};

/** The fields of a form; as pairs where a name comes more than once. */
type Fields = Record<string, string> | [string, string][];

/**
 * Speaks to a running application as a browser without JavaScript does: keeps cookies, and sends forms with the hidden
 * token of this browser. Redirects are not followed.
 *
 * ```ts
 * const visitor = await app.visitor();
 * const { status, text } = await visitor.get('/articles');
 * await visitor.post('/articles/new', { title: 'First' });
 * ```
 */
export class Visitor {
  /** The cookies of this browser, by name. */
  readonly cookies = new Map<string, string>();
  /** The `Set-Cookie` headers of the latest answer. */
  attributes: string[] = [];

  constructor(private readonly http: HttpClient) {}

  /** Opens a page. */
  async get(path: string, headers: Record<string, string> = {}) {
    return this.keep(
      await this.http.get(path, { accept: 'text/html', cookie: this.header, ...headers }),
    );
  }

  /** Sends a form as from a page of this application, with the hidden token of forms. */
  async post(path: string, fields: Fields = {}, headers = {}) {
    const { text } = await this.get('/accounts/login');
    const shown = text || (await this.get('/accounts/profile')).text;
    const token = /name="_token" value="([^"]+)"/.exec(shown)?.[1] ?? '';
    const typed = Array.isArray(fields) ? fields : Object.entries(fields);
    return this.send(path, [['_token', token], ...typed], headers);
  }

  /** Sends exactly these fields, without the hidden token. */
  async send(path: string, fields: Fields, headers = {}) {
    const body = new URLSearchParams(fields).toString();
    const all = { ...FORM, cookie: this.header, ...headers };
    return this.keep(await this.http.send('POST', path, body, all));
  }

  /** The `Cookie` header of this browser. */
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  private keep<Answer extends { headers: Headers }>(answer: Answer): Answer {
    this.attributes = answer.headers.getSetCookie();
    for (const cookie of this.attributes) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (value) this.cookies.set(name!, value);
      else this.cookies.delete(name!);
    }
    return answer;
  }
}
