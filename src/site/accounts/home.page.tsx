import type { PageFrame } from '../kit/page-frame.js';
import type { ReplaceablePage } from '../kit/page-view.js';

/** What the start page is made from. */
export interface HomePageProps {
  page: PageFrame;
  /** Whether visitors may open an account. */
  mayRegister: boolean;
  /** Whether there is a documentation of the API at `/docs`. */
  hasApiDocs: boolean;
}

export const HOME_PAGE: ReplaceablePage<HomePageProps> = {
  name: 'home',
  title: ({ page }) => (page.principal ? `Hello ${page.principal.username}` : 'Welcome'),
  view: HomePage,
};

function HomePage({ page, mayRegister, hasApiDocs }: HomePageProps) {
  return page.principal ? (
    <ForVisitor page={page} hasApiDocs={hasApiDocs} />
  ) : (
    <ForStranger mayRegister={mayRegister} hasApiDocs={hasApiDocs} />
  );
}

function ForVisitor({ page, hasApiDocs }: Omit<HomePageProps, 'mayRegister'>) {
  return (
    <>
      <p>You are signed in.</p>
      <ul>
        <li>
          <a href="/accounts/profile">Your profile</a>: names, address, what you may do
        </li>
        <li>
          <a href="/accounts/sessions">Your devices</a>: where you are signed in
        </li>
        <li>
          <a href="/accounts/password/change">Change your password</a>
        </li>
        {page.adminPath !== undefined && (
          <li>
            <a href={page.adminPath}>Administration</a>: accounts, roles, what has happened
          </li>
        )}
        {hasApiDocs && (
          <li>
            <a href="/docs">API documentation</a>
          </li>
        )}
      </ul>
    </>
  );
}

function ForStranger({ mayRegister, hasApiDocs }: Omit<HomePageProps, 'page'>) {
  return (
    <>
      <p class="lead">Sign in to your account, or open one.</p>
      <p class="d-flex gap-2">
        <a class="btn btn-primary" href="/accounts/login">
          Sign in
        </a>
        {mayRegister && (
          <a class="btn btn-outline-primary" href="/accounts/register">
            Register
          </a>
        )}
      </p>
      {hasApiDocs && (
        <p>
          <a href="/docs">API documentation</a>
        </p>
      )}
    </>
  );
}
