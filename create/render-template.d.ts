/** What a product is made with. */
export interface ProductOptions {
  /** The name of its package. */
  name: string;
  /** Whether it has the module of articles. */
  example: boolean;
  /** What `package.json` asks for: a range of versions, or `file:` and an archive. Default: this version. */
  gatehouse?: string;
}

/** The version of Gatehouse whose products these are. */
export const VERSION: string;

/** Renders the files of a product: texts by path, in the order of the paths. */
export function renderTemplate(options: ProductOptions): Map<string, string>;
