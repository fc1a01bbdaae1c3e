import 'reflect-metadata';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { callSite } from '../common/call-site.js';
import { type PermissionCodename, RequirePermissions, STATED_IN } from './access.decorators.js';

/** A part of the administration, with a link in its navigation. */
export interface AdminSectionOptions {
  /** The address of its first page, such as `/admin/articles`: a `@Get()` of the class. */
  path: string;
  /** What the link says, such as `Articles`. */
  title: string;
  /** What a visitor needs to see the link and to open any page of the class. */
  permission: PermissionCodename;
  /** Where the link stands: the sections of Gatehouse have 10, 20 and so on. Default: 100, after all of them. */
  order?: number;
}

const SECTION = 'gatehouse:admin-section';
const ENTRY = 'gatehouse:admin-entry';
const DEFAULT_ORDER = 100;

/**
 * Makes a class of pages a section of the administration. Its link is shown to holders of the permission, and every
 * handler of the class needs it. Other classes that belong to the section state their own permissions. The start stops
 * for two sections with one path, and for one without a permission.
 * @example
 * ```ts
 * @AdminSection({ path: '/admin/articles', title: 'Articles', permission: ARTICLES.publish })
 * @PageController('/admin/articles')
 * export class ArticleAdminController { … }
 * ```
 */
export const AdminSection = (section: AdminSectionOptions): ClassDecorator =>
  applyDecorators(
    SetMetadata(SECTION, section),
    RequirePermissions(section.permission),
    SetMetadata(STATED_IN, callSite(import.meta.url)),
  );

/** Marks the handler that the permission of any one section opens. It looks at its caller itself. */
export const AdminEntry = () => SetMetadata(ENTRY, true);

/** Whether a handler is marked with `@AdminEntry()`. */
export const isAdminEntry = (handler: object) => Reflect.getMetadata(ENTRY, handler) === true;

/** A section, and the class that declares it. */
export interface DeclaredSection extends AdminSectionOptions {
  type: object & { name: string };
}

/** The sections that these classes declare, in the order of their links. */
export function adminSectionsOf(controllers: { metatype: unknown }[]): DeclaredSection[] {
  const types = new Set(controllers.map(({ metatype }) => metatype));
  return [...types]
    .flatMap((type) => {
      if (typeof type !== 'function') return [];
      const section = Reflect.getMetadata(SECTION, type) as AdminSectionOptions | undefined;
      return section ? [{ ...section, type }] : [];
    })
    .toSorted((a, b) => orderOf(a) - orderOf(b) || (a.title < b.title ? -1 : 1));
}

/** The permissions of which each opens a section, in the order of the sections. */
export function permissionsOfSections(sections: readonly AdminSectionOptions[]): string[] {
  return [...new Set(sections.map(({ permission }) => permission))];
}

function orderOf({ order = DEFAULT_ORDER }: AdminSectionOptions): number {
  return order;
}
