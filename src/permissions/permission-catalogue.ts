import type { Declarations } from '../common/declarations.js';
import { definitionsOf } from '../access/define-permissions.js';

/** Every permission that the code knows: what the `*.permissions` files of Gatehouse and the product define. */
export class PermissionCatalogue {
  private constructor(
    /** Descriptions by codename. */
    readonly descriptions: ReadonlyMap<string, string>,
  ) {}

  static async load(declarations: Declarations): Promise<PermissionCatalogue> {
    const features = await declarations.exportsOf('permissions');
    const definitions = features.flatMap(({ value }) => definitionsOf(value) ?? []);
    return new PermissionCatalogue(
      new Map(definitions.map(({ codename, description }) => [codename, description])),
    );
  }

  get codenames(): string[] {
    return [...this.descriptions.keys()];
  }

  has(codename: string): boolean {
    return this.descriptions.has(codename);
  }
}
