import type { ComponentChildren } from 'preact';
import { ADMIN_PATH } from './admin-sections.js';
import type { PageAnswer } from './page-answer.js';
import type { PageContext } from './page-context.js';
import type { FormOutcome } from './page-frame.js';

/** A page within a group of pages: its address and what it is called. */
export interface Tab {
  path: string;
  title: string;
}

/** A page of the administration. */
export interface AdminPage {
  title: string;
  /** The address of the page among those of the section or among the tabs. */
  at: string;
  /** Pages about the same thing. */
  tabs?: Tab[];
  /** The form on it, which says its status. */
  form?: FormOutcome;
  children: ComponentChildren;
}

/**
 * Makes a page of the administration, with the links of the sections that its visitor may open, for a handler to return.
 * @example
 * ```tsx
 * return showAdmin(page, { title: 'Articles', at: '/admin/articles', children: <p>…</p> });
 * ```
 */
export function showAdmin(
  page: PageContext,
  { title, at, tabs, form, children }: AdminPage,
): PageAnswer {
  const { adminSections: sections, hasOverview } = page;
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
