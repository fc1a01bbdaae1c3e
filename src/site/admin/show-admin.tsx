import type { ComponentChildren } from 'preact';
import { holds } from '../../access/principal.js';
import { ADMIN_PATH, adminSectionsOf, OVERVIEW_PERMISSIONS } from '../kit/admin-sections.js';
import type { PageAnswer } from '../kit/page-answer.js';
import type { PageContext } from '../kit/page-context.js';
import type { FormOutcome } from '../kit/page-frame.js';

/** A page within a group of pages: its address and what it is called. */
export interface Tab {
  path: string;
  title: string;
}

interface AdminPage {
  title: string;
  /** The address of the page among those of the section or among the tabs. */
  at: string;
  /** Pages about the same thing. */
  tabs?: Tab[];
  /** The form on it, which says its status. */
  form?: FormOutcome;
  children: ComponentChildren;
}

/** Makes a page of the administration, with the way to the others. */
export function showAdmin(
  page: PageContext,
  { title, at, tabs, form, children }: AdminPage,
): PageAnswer {
  const sections = adminSectionsOf(page.user);
  const hasOverview = OVERVIEW_PERMISSIONS.some((codename) => holds(page.user, codename));
  const current = sections.find(({ path }) => at === path || at.startsWith(`${path}/`));
  return page.show(
    title,
    <>
      {tabs && <Links label={title} style="nav-tabs" links={tabs} current={at} />}
      {children}
    </>,
    form,
    <Links
      label="Administration"
      style="nav-underline"
      links={[...(hasOverview ? [{ path: ADMIN_PATH, title: 'Overview' }] : []), ...sections]}
      current={current?.path ?? at}
    />,
  );
}

interface LinksProps {
  label: string;
  style: 'nav-tabs' | 'nav-underline';
  links: Tab[];
  current: string;
}

function Links({ label, style, links, current }: LinksProps) {
  return (
    <nav aria-label={label} class="mb-4">
      <ul class={`nav ${style}`}>
        {links.map(({ path, title }) => (
          <li class="nav-item">
            <a
              class={`nav-link${path === current ? ' active' : ''}`}
              href={path}
              {...(path === current && { 'aria-current': 'page' as const })}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
