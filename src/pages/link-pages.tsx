import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type LinkedAccount, LinkedAccountsService } from '../account/linked-accounts.service.js';
import { AppError } from '../common/app-error.js';
import { hashOfSecret } from '../common/secret-token.js';
import type { TokenPurpose } from '../one-time-tokens/one-time-token.entity.js';
import type { PageContext } from '../web/page-context.js';
import { PageCookies } from '../web/page-cookies.js';

const MINUTES = 15;
const MAX_LENGTH = 256;
const HANDLE = /^[\w-]{22}$/;

/** A page behind a mailed link. */
export interface LinkPage {
  purpose: TokenPurpose;
  path: string;
  title: string;
  /** Where another link can be asked for. */
  anew?: { path: string; text: string };
}

/** A link that was opened and is still good. */
export interface OpenLink {
  token: string;
  /** Names the link in addresses and forms, and opens nothing. */
  handle: string;
  account: LinkedAccount;
}

/**
 * Pages behind mailed links. The token moves from the address into a cookie before anything is shown, so that it
 * reaches no history, log or Referer (ATTACKS A42), and nothing happens before a button is pressed: programs that scan
 * mails open links too. Each link has a cookie of its own, and each page and form names its link: two tabs with two
 * links act each on its own account.
 */
@Injectable()
export class LinkPages {
  constructor(
    private readonly cookies: PageCookies,
    private readonly accounts: LinkedAccountsService,
  ) {}

  /**
   * Opens a link by the token or the handle of its address. Undefined when the page was sent already: the same one at
   * an address without the token, or that the link is dead.
   */
  async open(
    page: PageContext,
    reply: FastifyReply,
    kind: LinkPage,
    { token, link }: Record<string, unknown>,
  ): Promise<OpenLink | undefined> {
    if (typeof token !== 'string' || token === '') return this.find(page, kind, link);
    const mailed = token.slice(0, MAX_LENGTH);
    try {
      await this.accounts.find(mailed, kind.purpose);
      page.redirect(this.keep(reply, kind, mailed));
    } catch (error) {
      this.showFailure(page, kind, error);
    }
    return undefined;
  }

  /** Keeps a token for its page; returns the address of that page. */
  keep(reply: FastifyReply, { path }: LinkPage, token: string): string {
    const handle = handleOf(token);
    this.cookies.set(reply, nameOf(handle), token, { maxAge: MINUTES * 60 });
    return addressOf(path, handle);
  }

  /** The link that a page or a form names. Undefined when it is dead, and the page says so. */
  async find(page: PageContext, kind: LinkPage, handle: unknown): Promise<OpenLink | undefined> {
    try {
      const token = this.tokenOf(page, handle);
      if (token === undefined) throw new AppError('invalid_link');
      const account = await this.accounts.find(token, kind.purpose);
      return { token, handle: handleOf(token), account };
    } catch (error) {
      this.showFailure(page, kind, error);
      return undefined;
    }
  }

  /** The token of the link that an address of that path names, if this browser has opened it. */
  tokenIn(page: PageContext, path: string, address: string): string | undefined {
    const { pathname, searchParams } = new URL(address, 'http://localhost');
    return pathname === path ? this.tokenOf(page, searchParams.get('link')) : undefined;
  }

  private tokenOf(page: PageContext, handle: unknown): string | undefined {
    if (typeof handle !== 'string' || !HANDLE.test(handle)) return undefined;
    return this.cookies.read(page.request, nameOf(handle));
  }

  forget(reply: FastifyReply, { handle }: OpenLink): void {
    this.cookies.clear(reply, nameOf(handle));
  }

  /** Shows that a link is dead; any other failure in another way, or it is thrown on. */
  showFailure(
    page: PageContext,
    kind: LinkPage,
    error: unknown,
    showOther: () => void = () => {
      throw error;
    },
  ): void {
    if (error instanceof AppError && error.code === 'invalid_link') showDeadLink(page, kind, error);
    else showOther();
  }
}

/** The address of the page of an opened link. */
export function addressOf(path: string, handle: string): string {
  return `${path}?link=${handle}`;
}

/** Says which link a form is for. */
export function LinkField({ link }: { link: OpenLink }) {
  return <input type="hidden" name="link" value={link.handle} />;
}

function showDeadLink(page: PageContext, { title, anew }: LinkPage, error: AppError): void {
  page.show(
    title,
    <>
      <div class="alert alert-danger" role="alert">
        {error.message}
      </div>
      {anew && (
        <p>
          <a href={anew.path}>{anew.text}</a>
        </p>
      )}
    </>,
    400,
  );
}

function handleOf(token: string): string {
  return hashOfSecret(`link ${token}`).slice(0, 22);
}

function nameOf(handle: string): string {
  return `link-${handle}`;
}
