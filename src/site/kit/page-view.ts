import type { ComponentChildren } from 'preact';
import { OperatorError } from '../../common/operator-error.js';

/** The content of a page. Title, messages and frame stand around it. */
export interface PageView<Props> {
  (props: Props): ComponentChildren;
  /** The title of the page, in the place of ours. */
  title?: string;
}

/** A page of Gatehouse whose view a product can replace. Its controller stays. */
export interface ReplaceablePage<Props> {
  /** Its name in `forRoot({ pages })`. */
  name: string;
  title: (props: Props) => string;
  view: PageView<Props>;
}

/** A form that changes something, and does not begin with the token that `<Form>` and `<PostButton>` write. */
const FORM_WITHOUT_TOKEN =
  /<form\b(?=[^>]*\smethod="post")[^>]*>(?!<input type="hidden" name="_token")/i;

/** The views of a product, by the names of the pages that they replace. */
export class PageViews {
  private readonly views: ReadonlyMap<string, PageView<never>>;

  /**
   * @param names the pages that there are. Throws `OperatorError` for a view of another name, or that is no component.
   */
  constructor(views: object, names: readonly string[]) {
    this.views = new Map(Object.entries(views) as [string, PageView<never>][]);
    for (const [name, view] of this.views) {
      if (!names.includes(name)) {
        throw new OperatorError(
          `forRoot({ pages }): there is no page "${name}". There are ${names.join(', ')}.`,
        );
      }
      if (typeof view !== 'function') {
        throw new OperatorError(`forRoot({ pages }): "${name}" must be a component.`);
      }
    }
  }

  /** The view of the product for a page; undefined: ours stays. */
  viewOf<Props>({ name }: ReplaceablePage<Props>): PageView<Props> | undefined {
    return this.views.get(name) as PageView<Props> | undefined;
  }
}

/**
 * Refuses a view whose form could not be sent: `FormPostGuard` would answer it with 419, which says nothing of the
 * reason. Throws an `Error` that names the page.
 */
export function assertTokens(name: string, html: string): void {
  if (!FORM_WITHOUT_TOKEN.test(html)) return;
  throw new Error(
    `The view of the page "${name}" has a form of its own: use <Form> or <PostButton>.`,
  );
}
