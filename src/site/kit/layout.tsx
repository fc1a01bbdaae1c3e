import type { ComponentChildren } from 'preact';
import { LOGIN_PATH, PROFILE_PATH, REGISTER_PATH, withNext } from '../../http/page-paths.js';
import { PRODUCT_NAME } from '../../common/product-name.js';
import { ADMIN_PATH, adminSectionsOf } from './admin-sections.js';
import type { Assets } from './assets.js';
import { PostButton } from './forms.js';
import type { Message } from './messages.js';
import type { PageFrame } from './page-frame.js';

const ALERT = { success: 'success', info: 'info', warning: 'warning', error: 'danger' } as const;

interface LayoutProps {
  title: string;
  page: PageFrame;
  messages: Message[];
  assets: Assets;
  above?: ComponentChildren;
  children: ComponentChildren;
}

/** What every page stands in. */
export function Layout({ title, page, messages, assets, above, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${PRODUCT_NAME}`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assets.bootstrap.path} />
        <link rel="stylesheet" href={assets.style.path} />
        <script src={assets.script.path} defer />
      </head>
      <body>
        <a class="visually-hidden-focusable" href="#content">
          Skip to the content
        </a>
        <Navigation page={page} />
        <main id="content" class="container py-4">
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
      </body>
    </html>
  );
}

function Navigation({ page }: { page: PageFrame }) {
  const { principal } = page;
  return (
    <header class="border-bottom bg-body-tertiary">
      <nav class="container d-flex flex-wrap align-items-center gap-3 py-2" aria-label="Main">
        <a class="navbar-brand fw-semibold me-auto" href="/">
          {PRODUCT_NAME}
        </a>
        {principal ? (
          <>
            {adminSectionsOf(principal).length > 0 && (
              <a class="link-body-emphasis" href={ADMIN_PATH}>
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
