import type { ComponentChildren } from 'preact';
import { LOGIN_PATH, PROFILE_PATH, REGISTER_PATH, withNext } from '../../http/page-paths.js';
import type { Brand, FooterLink } from '../../platform/brand/brand.js';
import type { Assets } from './assets.js';
import { PostButton } from './forms.js';
import type { Message } from './messages.js';
import { linksFor } from './navigation.js';
import type { PageFrame } from './page-frame.js';
import type { Site } from './site.js';

const ALERT = { success: 'success', info: 'info', warning: 'warning', error: 'danger' } as const;

interface LayoutProps {
  title: string;
  page: PageFrame;
  messages: Message[];
  brand: Brand;
  assets: Assets;
  site: Site;
  above?: ComponentChildren;
  children: ComponentChildren;
}

/** What every page stands in. */
export function Layout(props: LayoutProps) {
  const { title, page, messages, brand, assets, site, above, children } = props;
  const { head: Head, bodyEnd: BodyEnd, footer: OwnFooter } = site.layout;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${brand.name}`}</title>
        <link rel="icon" href={assets.favicon?.path ?? 'data:,'} />
        <link rel="stylesheet" href={assets.bootstrap.path} />
        <link rel="stylesheet" href={assets.style.path} />
        {assets.brandStyle && <link rel="stylesheet" href={assets.brandStyle.path} />}
        <script src={assets.script.path} defer />
        {Head && <Head page={page} />}
      </head>
      <body class="d-flex flex-column min-vh-100">
        <a class="visually-hidden-focusable" href="#content">
          Skip to the content
        </a>
        <Navigation page={page} brand={brand} assets={assets} site={site} />
        <main id="content" class="container flex-grow-1 py-4">
          {above}
          {messages.map(({ level, text }) => (
            <div
              class={`alert alert-${ALERT[level]}`}
              role={level === 'error' ? 'alert' : 'status'}
            >
              {text}
            </div>
          ))}
          <h1 class="h2 mb-4">{title}</h1>
          {children}
        </main>
        {OwnFooter && <OwnFooter page={page} />}
        <Footer links={brand.footerLinks} />
        {BodyEnd && <BodyEnd page={page} />}
      </body>
    </html>
  );
}

type NavigationProps = Pick<LayoutProps, 'page' | 'brand' | 'assets' | 'site'>;

function Navigation({ page, brand, assets, site }: NavigationProps) {
  const { principal } = page;
  return (
    <header class="border-bottom bg-body-tertiary">
      <nav class="container d-flex flex-wrap align-items-center gap-3 py-2" aria-label="Main">
        <a class="navbar-brand fw-semibold me-auto" href="/">
          {assets.logo ? (
            <img class="brand-logo" src={assets.logo.path} alt={brand.name} />
          ) : (
            brand.name
          )}
        </a>
        {linksFor(site.navigation, principal).map(({ label, href }) => (
          <a class="link-body-emphasis" href={href}>
            {label}
          </a>
        ))}
        {principal ? (
          <>
            {page.adminPath !== undefined && (
              <a class="link-body-emphasis" href={page.adminPath}>
                Administration
              </a>
            )}
            <a
              class="link-body-emphasis visitor-name"
              href={PROFILE_PATH}
              title={principal.username}
            >
              {principal.username}
            </a>
            <a class="link-body-emphasis" href="/accounts/sessions">
              Devices
            </a>
            <PostButton
              page={page}
              action="/accounts/logout"
              class="btn btn-sm btn-outline-secondary"
            >
              Sign out
            </PostButton>
          </>
        ) : (
          <>
            <a class="link-body-emphasis" href={withNext(LOGIN_PATH, page.next)}>
              Sign in
            </a>
            <a class="link-body-emphasis" href={withNext(REGISTER_PATH, page.next)}>
              Register
            </a>
          </>
        )}
      </nav>
    </header>
  );
}

function Footer({ links }: { links: readonly FooterLink[] }) {
  if (links.length === 0) return null;
  return (
    <footer class="border-top">
      <nav class="container d-flex flex-wrap gap-3 py-3 small" aria-label="Footer">
        {links.map(({ label, href }) => (
          <a class="text-body-secondary" href={href}>
            {label}
          </a>
        ))}
      </nav>
    </footer>
  );
}
