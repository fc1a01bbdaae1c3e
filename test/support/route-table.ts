import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:net';
import { ROOT } from './process.js';

export interface TableRoute {
  method: string;
  path: string;
  who: string;
  /** The path with values for its parameters that name nothing. */
  address: string;
  isPage: boolean;
  isPublic: boolean;
}

export const NOBODY = '00000000-0000-4000-8000-00000000dead';

/** docs/access.md, which a test holds to be what the application does. */
export const ROUTES: TableRoute[] = [
  ...readFileSync(join(ROOT, 'docs/access.md'), 'utf8').matchAll(
    /^\| (GET|POST|PUT|PATCH|DELETE)\s*\| `([^`]+)`\s*\| (.*?)\s*\|$/gm,
  ),
].map(([, method, path, who]) => ({
  method: method!,
  path: path!,
  who: who!,
  address: path!.replace(':id', NOBODY).replace(/:(name|action|provider)/, 'nothing'),
  isPage: !/^\/(api|health|metrics|assets|\.well-known|favicon\.ico|robots\.txt)\b/.test(path!),
  isPublic: /^everybody\b/.test(who!),
}));

export const API_ROUTES = ROUTES.filter(({ path }) => path.startsWith('/api/'));
export const FORMS = ROUTES.filter(({ isPage, method }) => isPage && method === 'POST');

/** Sends bytes as they are, for what no client would send; the whole answer as text. */
export function sendRaw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
