import type { ComponentChildren } from 'preact';
import { OperatorError } from '../../common/operator-error.js';
import { type ContentSecurityPolicyAdditions, pagePolicy } from './content-security-policy.js';
import { checkNavigation, type NavigationLink } from './navigation.js';
import type { PageFrame } from './page-frame.js';
import type { PageViews } from './page-view.js';

const HOME = /^\/(?![/\\])[^\s"'<>\\]+$/;
const SLOTS = new Set(['head', 'bodyEnd', 'footer']);

/** A part of every page that a product fills. It must not depend on data that could be missing: errors are pages too. */
export type LayoutSlot = (props: { page: PageFrame }) => ComponentChildren;

/** What a product adds to the frame of every page. */
export interface LayoutSlots {
  /** At the end of `<head>`: style sheets and scripts of its static files, `<meta>`. */
  head?: LayoutSlot;
  /** At the end of `<body>`. */
  bodyEnd?: LayoutSlot;
  /** Below the content, before the footer links of the brand. */
  footer?: LayoutSlot;
}

/** What a product decides about all pages: options of `GatehouseModule.forRoot()`. */
export interface SiteOptions {
  /** The path that `/` leads to, such as `/articles`. To change the page at `/` itself, see `pages.home`. */
  home?: string;
  /** Links in the header of every page, in their order. */
  navigation?: readonly NavigationLink[];
  /** What stands in every page in addition. */
  layout?: LayoutSlots;
  /** What pages may load in addition to our own files: https origins. */
  contentSecurityPolicy?: ContentSecurityPolicyAdditions;
}

/** The decisions of a product about all pages, checked. Throws `OperatorError` when one cannot be used. */
export class Site {
  readonly home: string | undefined;
  readonly navigation: readonly NavigationLink[];
  readonly layout: LayoutSlots;
  readonly contentSecurityPolicy: string;

  /** @param views the views of the product, by the names of the pages that they replace */
  constructor(
    { home, navigation = [], layout = {}, contentSecurityPolicy }: SiteOptions,
    readonly views: PageViews,
  ) {
    if (home !== undefined && (typeof home !== 'string' || !HOME.test(home))) {
      throw new OperatorError(
        'forRoot({ home }): it must be a path of the site, such as /articles.',
      );
    }
    for (const [name, slot] of Object.entries(layout)) {
      if (!SLOTS.has(name) || typeof slot !== 'function') {
        throw new OperatorError(
          `forRoot({ layout }): "${name}" must be head, bodyEnd or footer, and a component.`,
        );
      }
    }
    this.home = home;
    this.navigation = checkNavigation(navigation);
    this.layout = layout;
    this.contentSecurityPolicy = pagePolicy(contentSecurityPolicy);
  }
}
