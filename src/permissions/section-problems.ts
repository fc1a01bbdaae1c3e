import { adminSectionsOf, type DeclaredSection } from '../access/admin-section.decorator.js';
import { isOfPages } from '../access/page-route.js';
import { routesOf, statedIn } from '../access/routes.js';

const PATH = /^\/admin(?:\/[a-z0-9][a-z0-9-]*)+$/;

/** The sections of the administration that cannot be meant: one sentence each, which names the class. */
export function sectionProblems(controllers: { metatype: unknown }[]): string[] {
  const sections = adminSectionsOf(controllers);
  return sections.flatMap((section) => {
    const problem = problemOf(section, sections);
    if (problem === undefined) return [];
    const place = statedIn(section.type);
    return [`${section.type.name}: @AdminSection() ${problem}${place ? ` (${place})` : ''}`];
  });
}

function problemOf(
  { path, title, permission, order, type }: DeclaredSection,
  sections: DeclaredSection[],
): string | undefined {
  if (!isOfPages(type)) return 'belongs on a class with @PageController()';
  if (typeof permission !== 'string') return 'needs a permission';
  if (typeof title !== 'string' || title.trim() === '') return 'needs a title';
  if (order !== undefined && !Number.isFinite(order)) return 'needs a number as order, or none';
  if (typeof path !== 'string' || !PATH.test(path)) {
    return 'needs a path below /admin/, in lower case, such as /admin/articles';
  }
  const twin = sections.find((other) => other.path === path && other.type !== type);
  if (twin) return `has the path ${path}, which ${twin.type.name} has too`;
  const isServed = routesOf([{ metatype: type }]).some(
    (route) => route.method === 'GET' && route.path === path,
  );
  return isServed ? undefined : `has the path ${path}, and no @Get() of the class has it`;
}
