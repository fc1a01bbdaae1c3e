import type { Problem } from '../http/problem.js';

/** What an application answered. */
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  /** The JSON of the answer; an empty object for anything else. */
  body: Body;
  text: string;
}

/**
 * Speaks to a running application as an API client does. Redirects are not followed.
 *
 * ```ts
 * const { status, body } = await app.http.get('/api/articles?limit=5');
 * const answer = await app.http.as(accessToken).post('/api/articles', { title: 'First' });
 * ```
 */
export class HttpClient {
  /**
   * @param url where the application listens
   * @param token the access token that is sent with each request
   */
  constructor(
    readonly url: string,
    private readonly token?: string,
  ) {}

  /** The same client with a bearer token. */
  as(token: string): HttpClient {
    return new HttpClient(this.url, token);
  }

  get<Body = Record<string, unknown>>(path: string, headers?: Record<string, string>) {
    return this.send<Body>('GET', path, undefined, headers);
  }

  post<Body = Record<string, unknown>>(
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) {
    return this.send<Body>('POST', path, body, headers);
  }

  patch<Body = Record<string, unknown>>(path: string, body?: unknown) {
    return this.send<Body>('PATCH', path, body);
  }

  put<Body = Record<string, unknown>>(path: string, body?: unknown) {
    return this.send<Body>('PUT', path, body);
  }

  delete<Body = Record<string, unknown>>(path: string, body?: unknown) {
    return this.send<Body>('DELETE', path, body);
  }

  /** Sends a value as JSON, and a string as it is, with the content type given in `headers`. */
  async send<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const isRaw = typeof body === 'string';
    const response = await fetch(new URL(path, this.url), {
      method,
      redirect: 'manual',
      headers: {
        ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text ? JSON.parse(text) : {}) as Body,
      text,
    };
  }
}

/**
 * Returns the problem document of an answer. Throws when the answer is none.
 *
 * ```ts
 * expect(problem(await app.http.get('/api/articles')).code).toBe('authentication_required');
 * ```
 */
export function problem(answer: Answer<unknown>): Problem {
  const type = answer.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) {
    throw new Error(`expected a problem document, got ${answer.status} ${type}: ${answer.text}`);
  }
  return answer.body as Problem;
}
