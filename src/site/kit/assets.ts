import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';

const OURS = join(import.meta.dirname, 'assets');
const BOOTSTRAP = createRequire(import.meta.url).resolve('bootstrap/dist/css/bootstrap.min.css');

interface Asset {
  /** With a digest of the content in its name, so that it may be kept for ever. */
  path: string;
  type: string;
  body: string;
}

/** Style sheets and the script of our pages, from memory. */
@Injectable()
export class Assets {
  readonly bootstrap = asset('bootstrap.css', byPreference(readFileSync(BOOTSTRAP, 'utf8')));
  readonly style = asset('app.css', readFileSync(join(OURS, 'app.css'), 'utf8'));
  /** Browsers ask for it at an address that says nothing of its content. */
  readonly icon = readFileSync(join(OURS, 'favicon.ico'));
  readonly script = asset('app.js', readFileSync(join(OURS, 'app.js'), 'utf8'));

  private readonly byPath = new Map(
    [this.bootstrap, this.style, this.script].map((one) => [one.path, one]),
  );

  find(path: string): Asset | undefined {
    return this.byPath.get(path);
  }
}

function asset(name: string, body: string): Asset {
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  const [stem, extension] = name.split('.') as [string, 'css' | 'js'];
  const type = extension === 'css' ? 'text/css' : 'text/javascript';
  return { path: `/assets/${stem}-${digest}.${extension}`, type: `${type}; charset=utf-8`, body };
}

/** Bootstrap goes dark where an attribute says so, which takes a script; here it is where people prefer it. */
function byPreference(css: string): string {
  return css
    .replaceAll(
      /\[data-bs-theme=dark\]([^{},]*)\{([^{}]*)\}/g,
      '@media (prefers-color-scheme:dark){:root$1{$2}}',
    )
    .replace(/\/\*# sourceMappingURL=.*?\*\//, '');
}
