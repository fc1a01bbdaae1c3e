import type { PermissionCodename } from '../../access/access.decorators.js';
import { holds, type Principal } from '../../access/principal.js';
import { OperatorError } from '../../common/operator-error.js';
import { isOneLine } from '../../common/text.js';

const MAX_LABEL = 60;
/** A page of the site, or another site. */
const HREF = /^(?:\/(?![/\\])|https:\/\/)[^\s"'<>\\]*$/;

/** A link in the header of every page. It hides nothing: the page that it leads to states who may open it. */
export interface NavigationLink {
  /** What it is called, at most 60 characters. */
  label: string;
  /** A path of the site such as `/articles`, or an `https:` address. */
  href: string;
  /** Only holders of this permission see it. */
  permission?: PermissionCodename;
  /** `true`: only signed-in visitors see it. `false`: only others. Left out: everybody. */
  signedIn?: boolean;
}

/** The links of a product, checked. Throws `OperatorError` when one cannot be used. */
export function checkNavigation(links: readonly NavigationLink[]): readonly NavigationLink[] {
  for (const { label, href, permission } of links) {
    if (typeof label !== 'string' || label.trim() === '' || label.length > MAX_LABEL) {
      refuse(`needs a label of 1 to ${MAX_LABEL} characters for each link`);
    }
    if (!isOneLine(label)) refuse('needs labels of one line');
    if (typeof href !== 'string' || !HREF.test(href)) {
      refuse(`leads to a path of the site or an https: address, and "${label}" does not`);
    }
    if (permission !== undefined && typeof permission !== 'string') {
      refuse(`has "${label}" with a permission that is no text`);
    }
  }
  return links;
}

/** The links that a visitor sees. */
export function linksFor(
  links: readonly NavigationLink[],
  principal: Principal | undefined,
): NavigationLink[] {
  return links.filter(({ permission, signedIn }) => {
    if (permission !== undefined && !(principal && holds(principal, permission))) return false;
    return signedIn === undefined || signedIn === (principal !== undefined);
  });
}

function refuse(sentence: string): never {
  throw new OperatorError(`forRoot({ navigation }): it ${sentence}.`);
}
