import { exportsOf } from '../common/exports-of.js';
import { definitionsOf } from '../access/define-permissions.js';

/** Every permission that the code knows: what the `*.permissions` files of `src` define. */
export class PermissionCatalogue {
  private constructor(
    /** Descriptions by codename. */
    readonly descriptions: ReadonlyMap<string, string>,
  ) {}

  static async load(): Promise<PermissionCatalogue> {
    const features = await exportsOf('permissions');
    const definitions = features.flatMap((feature) => definitionsOf(feature) ?? []);
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
