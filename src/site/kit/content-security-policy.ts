import { OperatorError } from '../../common/operator-error.js';

/** Everything comes from us, nothing is inline; Bootstrap's own icons are data images in its style sheet. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  'default-src': ["'none'"],
  'style-src': ["'self'"],
  'script-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'frame-src': ["'self'"],
  'form-action': ["'self'"],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** What a page may load, and the directive of each. */
const DIRECTIVES = {
  imgSrc: 'img-src',
  styleSrc: 'style-src',
  scriptSrc: 'script-src',
  fontSrc: 'font-src',
  connectSrc: 'connect-src',
  mediaSrc: 'media-src',
  frameSrc: 'frame-src',
} as const;

/**
 * Sources of pages in addition to those of Gatehouse: https origins such as `https://cdn.example.com`, or `'self'` for a
 * kind that the pages of Gatehouse do not use, such as fonts. A source of scripts can do everything that a page can.
 */
export type ContentSecurityPolicyAdditions = Partial<
  Record<keyof typeof DIRECTIVES, readonly string[]>
>;

/**
 * The Content-Security-Policy of pages. Throws `OperatorError` for an addition that is no https origin: a wildcard, a
 * scheme or `unsafe-…` would open the pages to everybody.
 */
export function pagePolicy(additions: ContentSecurityPolicyAdditions = {}): string {
  const policy = new Map(Object.entries(OURS).map(([name, sources]) => [name, [...sources]]));
  for (const [option, sources] of Object.entries(additions)) {
    const directive = (DIRECTIVES as Record<string, string>)[option];
    if (directive === undefined) {
      const known = Object.keys(DIRECTIVES).join(', ');
      refuse(`it has no ${option}, only ${known}`);
    }
    if (!Array.isArray(sources)) refuse(`${option} must be a list of origins`);
    const known = policy.get(directive) ?? [];
    const added = (sources as unknown[]).filter((source): source is string => {
      if (!isSource(source)) {
        refuse(
          `${option} takes https origins such as https://cdn.example.com, and not ${String(source)}`,
        );
      }
      return !known.includes(source as string);
    });
    if (known.length + added.length > 0) policy.set(directive, [...known, ...new Set(added)]);
  }
  return [...policy].map(([name, sources]) => `${name} ${sources.join(' ')}`).join('; ');
}

function isSource(source: unknown): boolean {
  if (typeof source !== 'string') return false;
  if (source === "'self'") return true;
  const isOrigin = /^https:\/\/[a-z0-9.-]+(?::\d+)?$/.test(source);
  return isOrigin && URL.canParse(source) && new URL(source).origin === source;
}

function refuse(sentence: string): never {
  throw new OperatorError(`forRoot({ contentSecurityPolicy }): ${sentence}.`);
}
