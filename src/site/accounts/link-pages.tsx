import { Injectable } from '@nestjs/common';
import ms from 'ms';
import {
  type LinkedAccount,
  LinkedAccountsService,
} from '../../account/linked-accounts.service.js';
import { AppError } from '../../http/app-error.js';
import { LOGIN_PATH, PROFILE_PATH } from '../../http/page-paths.js';
import type { TokenPurpose } from '../../one-time-tokens/one-time-token.entity.js';
import type { PageAnswer } from '../kit/page-answer.js';
import type { PageContext } from '../kit/page-context.js';

const PURPOSE = 'mailed-link';
/** How long a page may stay open. Its address is in the history of the browser, which others may use after. */
const LIFETIME = ms('1h');
const MAX_LENGTH = 256;

/** A page behind a mailed link. */
export interface LinkPage {
  purposes: readonly TokenPurpose[];
  path: string;
  title: string;
  /** What helps when the link is dead. */
  anew: { path: string; text: string };
}

/** A link that was opened and is still good. */
export interface OpenLink {
  token: string;
  /** The token, sealed for this browser: it stands in the address of the page and in its forms. */
  handle: string;
  account: LinkedAccount;
}

/**
 * Pages behind mailed links. The token moves from the address into a sealed handle before anything is shown, so that it
 * reaches no history, log or Referer (ATTACKS A42), and nothing happens before a button is pressed: programs that scan
 * emails open links too. The page and its forms carry the handle, and nothing about a link is kept in the browser: two
 * tabs with two links act each on its own account.
 */
@Injectable()
export class LinkPages {
  constructor(private readonly accounts: LinkedAccountsService) {}

  /**
   * Opens a link by the token or the handle of its address. Otherwise returns what to show: the same page at an address
   * without the token, or that the link is dead.
   */
  async open(
    page: PageContext,
    kind: LinkPage,
    { token, link }: Record<string, unknown>,
  ): Promise<OpenLink | PageAnswer> {
    if (typeof token !== 'string' || token === '') return this.find(page, kind, link);
    const mailed = token.trim().slice(0, MAX_LENGTH);
    try {
      await this.accounts.find(mailed, kind.purposes);
      return page.redirect(this.addressFor(page, kind, mailed));
    } catch (error) {
      return this.showFailure(page, kind, error);
    }
  }

  /** The address of the page of a link, for this browser. */
  addressFor(page: PageContext, { path }: LinkPage, token: string): string {
    return addressOf(path, handleFor(page, token));
  }

  /** The link that a page or a form names, or the page that says that it is dead. */
  async find(page: PageContext, kind: LinkPage, handle: unknown): Promise<OpenLink | PageAnswer> {
    try {
      const token = tokenIn(page, handle);
      if (token === undefined) throw new AppError('invalid_link');
      const account = await this.accounts.find(token, kind.purposes);
      return { token, handle: handleFor(page, token), account };
    } catch (error) {
      return this.showFailure(page, kind, error);
    }
  }

  /** The token of the link that an address of that path names, if this browser has opened it. */
  tokenIn(page: PageContext, path: string, address: string): string | undefined {
    const { pathname, searchParams } = new URL(address, 'http://localhost');
    return pathname === path ? tokenIn(page, searchParams.get('link')) : undefined;
  }

  /** Shows that a link is dead; any other failure in another way, or it is thrown on. */
  showFailure(
    page: PageContext,
    kind: LinkPage,
    error: unknown,
    showOther: () => PageAnswer = () => {
      throw error;
    },
  ): PageAnswer {
    const isDead = error instanceof AppError && error.code === 'invalid_link';
    return isDead ? showDeadLink(page, kind, error) : showOther();
  }
}

/** The address of the page of an opened link. */
function addressOf(path: string, handle: string): string {
  return `${path}?link=${handle}`;
}

/** Says which link a form is for. */
export function LinkField({ link }: { link: OpenLink }) {
  return <input type="hidden" name="link" value={link.handle} />;
}

function showDeadLink(page: PageContext, { title, anew }: LinkPage, error: AppError): PageAnswer {
  const { link } = page.request.query as Record<string, unknown>;
  return page.show(
    title,
    <>
      <div class="alert alert-danger narrow" role="alert">
        {error.message}
      </div>
      {Boolean(link) && (
        <p>
          {page.isKnown
            ? 'If you opened the link in another browser or a while ago, open it in the email again.'
            : 'Your browser sent no cookies. Allow cookies for this site, then open the link in the email again.'}
        </p>
      )}
      <p>
        <a class="btn btn-primary" href={anew.path}>
          {anew.text}
        </a>{' '}
        {page.principal ? (
          <a class="btn btn-outline-secondary" href={PROFILE_PATH}>
            Go to your profile
          </a>
        ) : (
          <a class="btn btn-outline-secondary" href={LOGIN_PATH}>
            Sign in
          </a>
        )}
      </p>
    </>,
    { status: error.status },
  );
}

function handleFor(page: PageContext, token: string): string {
  return page.seal(PURPOSE, `${Date.now()} ${token}`);
}

function tokenIn(page: PageContext, handle: unknown): string | undefined {
  const [openedAt, token] = page.unseal(PURPOSE, handle)?.split(' ') ?? [];
  return Number(openedAt) > Date.now() - LIFETIME ? token : undefined;
}
