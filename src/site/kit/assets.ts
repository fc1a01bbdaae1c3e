import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Brand } from '../../platform/brand/brand.js';
import type { BrandImage } from '../../platform/brand/brand-image.js';
import { EMAIL_LOGO_PATH, isShownInEmails } from '../../platform/email/email-frame.js';
import { brandStyle } from './brand-style.js';

const OURS = join(import.meta.dirname, 'assets');
const BOOTSTRAP = createRequire(import.meta.url).resolve('bootstrap/dist/css/bootstrap.min.css');

interface Asset {
  path: string;
  type: string;
  body: string | Buffer;
}

/** Style sheets, the script and the pictures of pages, from memory. */
@Injectable()
export class Assets {
  readonly bootstrap = asset('bootstrap.css', byPreference(readFileSync(BOOTSTRAP, 'utf8')));
  readonly style = asset('app.css', readFileSync(join(OURS, 'app.css'), 'utf8'));
  readonly script = asset('app.js', readFileSync(join(OURS, 'app.js'), 'utf8'));
  /** The accent colour; undefined: Bootstrap's own stays. */
  readonly brandStyle: Asset | undefined;
  readonly logo: Asset | undefined;
  readonly favicon: Asset | undefined;
  /** What browsers ask for at `/favicon.ico`, which says nothing of its content. */
  readonly icon: Pick<Asset, 'type' | 'body'>;
  /** The logo at an address that stays, for emails. */
  readonly emailLogo: Asset | undefined;

  private readonly byPath: ReadonlyMap<string, Asset>;

  constructor({ accent, logo, favicon }: Brand) {
    this.brandStyle = accent && asset('brand.css', brandStyle(accent));
    this.logo = logo && picture('logo', logo);
    this.favicon = favicon && picture('favicon', favicon);
    this.icon = this.favicon ?? {
      type: 'image/x-icon',
      body: readFileSync(join(OURS, 'favicon.ico')),
    };
    this.emailLogo =
      logo && isShownInEmails(logo.type) ? { ...logo, path: EMAIL_LOGO_PATH } : undefined;
    const all = [this.bootstrap, this.style, this.script, this.brandStyle, this.logo, this.favicon];
    this.byPath = new Map(all.flatMap((one) => (one ? [[one.path, one]] : [])));
  }

  /** What has a digest of its content in its address, and may be kept for ever. */
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

function picture(stem: string, { extension, digest, type, body }: BrandImage): Asset {
  return { path: `/assets/${stem}-${digest}${extension}`, type, body };
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
