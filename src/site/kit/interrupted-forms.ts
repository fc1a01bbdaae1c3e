import { Injectable } from '@nestjs/common';
import { LOGIN_PATH, REAUTHENTICATE_PATH, withNext } from '../../http/page-paths.js';
import { originIn, prefixIn, withoutPrefix, withoutQuery } from '../../common/url-parts.js';
import { AppConfig } from '../../platform/config/app-config.js';
import type { SignInFirst } from './page-auth.guard.js';
import type { PageAnswer } from './page-answer.js';
import type { PageContext } from './page-context.js';
import { safeNext } from './safe-next.js';

const KEPT = 'What you typed is kept, except passwords.';

/**
 * Forms that were sent too late: the visitor signs in and is back at the form, with what was typed. Nothing is done
 * before it is sent again.
 */
@Injectable()
export class InterruptedForms {
  constructor(private readonly config: AppConfig) {}

  /** To the sign-in page, and from there to where the visitor wanted to go, or to the page of the form. */
  askToSignIn(page: PageContext, { next, hadSession }: SignInFirst): PageAnswer {
    const userId = this.authorOf(page);
    // The page that asks for the password again has done its work with a sign-in.
    const target = safeNext(next ?? this.pageOfForm(page), this.config.publicUrl) ?? page.next;
    if (hadSession || userId !== '') {
      const isKept = next === undefined && this.keep(page, target, userId);
      page.addMessage(
        'info',
        `Your session has expired. Sign in to go on.${isKept ? ` ${KEPT}` : ''}`,
      );
    }
    return page.redirect(withNext(LOGIN_PATH, target));
  }

  /** The same for a visitor whose sign-in is too long ago for this. */
  askToSignInAgain(page: PageContext): PageAnswer {
    const target = safeNext(this.addressOf(page), this.config.publicUrl);
    const isKept = this.keep(page, target, page.user.userId);
    page.addMessage(
      'info',
      `This is for recent sign-ins only: please show that it is still you.${isKept ? ` ${KEPT}` : ''}`,
    );
    return page.redirect(withNext(REAUTHENTICATE_PATH, target));
  }

  /**
   * Leads back to a form that was opened in an earlier session of its author. Returns nothing for a form of another
   * account: it is never filled in for this one.
   */
  showAgain(page: PageContext): PageAnswer | undefined {
    const userId = this.authorOf(page);
    const isOfVisitor = userId === page.principal?.userId;
    const target = safeNext(this.pageOfForm(page), this.config.publicUrl);
    if (userId === '' || target === undefined || (page.principal && !isOfVisitor)) return undefined;
    this.keep(page, target, userId);
    page.addMessage(
      'info',
      isOfVisitor
        ? 'You signed in again after you opened this form: it was not sent.'
        : 'You have been signed out since you opened this form: it was not sent.',
    );
    return page.redirect(target);
  }

  /** Where the visitor goes back to; the start page when nothing says so. */
  addressOf(page: PageContext): string {
    return page.request.method === 'GET' ? page.address : (this.pageOfForm(page) ?? '/');
  }

  /** The same at the address that we know ourselves by, for a form that came from another one. */
  absoluteAddressOf(page: PageContext): string {
    return this.config.publicUrl + this.addressOf(page);
  }

  private keep(page: PageContext, target: string | undefined, userId: string): boolean {
    const isForm = page.request.method === 'POST' && userId !== '';
    return isForm && target !== undefined && page.keepForm(target, userId);
  }

  /** The account that a form was shown to; empty for a visitor who was signed out. */
  private authorOf(page: PageContext): string {
    return page.request.method === 'POST' ? (page.formOwner?.userId ?? '') : '';
  }

  /**
   * The page that a form stood on. The browser says so, and the form itself: it knows more of a page that was shown
   * again at the address that the form was sent to.
   */
  private pageOfForm(page: PageContext): string | undefined {
    const { headers, routeOptions, server } = page.request;
    const own = withoutQuery(page.address);
    const isPage = server.hasRoute({ method: 'GET', url: routeOptions.url ?? '' });
    const shown = page.formOwner?.page ?? (isPage ? own : undefined);
    if (headers.referer === undefined) return shown;
    if (!URL.canParse(headers.referer)) return undefined;
    const { publicUrl } = this.config;
    const { origin, pathname: sent, search } = new URL(headers.referer);
    if (origin !== originIn(publicUrl)) return undefined;
    const pathname = withoutPrefix(sent, prefixIn(publicUrl));
    const isShownAgain = pathname === own && !isPage;
    return isShownAgain || withoutQuery(shown ?? '') === pathname ? shown : pathname + search;
  }
}
