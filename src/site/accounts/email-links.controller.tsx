import { Body, Get, Query } from '@nestjs/common';
import { ConfirmEmailDto, UndoEmailChangeDto } from '../../account/email.dto.js';
import { EmailConfirmationService } from '../../account/email-confirmation.service.js';
import { EmailUndoService } from '../../account/email-undo.service.js';
import { PasswordResetService } from '../../account/password-reset.service.js';
import { LoginService } from '../../auth/login.service.js';
import { Public } from '../../access/access.decorators.js';
import {
  EMAIL_UNDO_PATH,
  EMAIL_VERIFY_PATH,
  LOGIN_PATH,
  PASSWORD_RESET_PATH,
  PROFILE_PATH,
} from '../../http/page-paths.js';
import type { AuthenticatedUser } from '../../users/authenticated-user.js';
import { isForeignAddress } from '../../users/address-usernames.js';
import { hasUsernames } from '../../users/usernames.js';
import { emailKey } from '../../users/identifiers.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import { KnownBrowsers } from '../kit/known-browsers.js';
import { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PageSessionsService } from '../kit/page-sessions.service.js';
import { CONFIRM_EMAIL_PAGE } from './confirm-email.page.js';
import { LinkField, type LinkPage, LinkPages, type OpenLink } from './link-pages.js';
import { KeepIdentitiesChoice, LinkedAccountFacts, tickedIn } from './linked-account.js';
import { PASSWORD_RESET_LINK } from './password-reset-confirm.controller.js';

const VERIFY: LinkPage = {
  purposes: ['prove_email'],
  path: EMAIL_VERIFY_PATH,
  title: 'Confirm your email address',
  anew: { path: PROFILE_PATH, text: 'Send another link from your profile' },
};
const UNDO: LinkPage = {
  purposes: ['undo_email_change'],
  path: EMAIL_UNDO_PATH,
  title: 'Take the change of address back',
  anew: { path: PASSWORD_RESET_PATH, text: 'Send a link to choose a new password' },
};

type Fields = Record<string, unknown>;

/** The pages behind links about addresses. */
@Public()
@PageController()
export class EmailLinksController {
  constructor(
    private readonly links: LinkPages,
    private readonly confirmations: EmailConfirmationService,
    private readonly undoing: EmailUndoService,
    private readonly resets: PasswordResetService,
    private readonly logins: LoginService,
    private readonly sessions: PageSessionsService,
    private readonly browsers: KnownBrowsers,
  ) {}

  @Get(VERIFY.path)
  async showVerify(@CurrentPage() page: PageContext, @Query() query: Fields): Promise<PageAnswer> {
    const link = await this.links.open(page, VERIFY, query);
    return link instanceof PageAnswer ? link : renderVerify(page, link, EMPTY_FORM);
  }

  @FormPost(VERIFY.path)
  async verify(@CurrentPage() page: PageContext, @Body() body: Fields): Promise<PageAnswer> {
    const link = await this.links.find(page, VERIFY, body.link);
    if (link instanceof PageAnswer) return link;
    const { token, account } = link;
    let found: AuthenticatedUser | undefined;
    try {
      const { password } = body;
      const fields = { token, password, keepIdentities: tickedIn(body) };
      const holding = await validForm(ConfirmEmailDto, fields);
      found = await this.confirmations.confirm(page.actor, token, holding);
    } catch (error) {
      return this.links.showFailure(page, VERIFY, error, () =>
        renderVerify(page, link, formAfter(error, body), body),
      );
    }
    page.addMessage('success', 'Your email address is confirmed.');
    addUsernameMessage(page, account);
    if (found && !page.principal) await this.signIn(page, found);
    if (page.principal?.userId === account.userId) {
      this.browsers.remember(page.request, page.reply, account.userId);
    }
    return page.redirect(page.takeNext() ?? PROFILE_PATH);
  }

  /** Not by the link, but by the password that came with it. */
  private async signIn(page: PageContext, found: AuthenticatedUser): Promise<void> {
    const { session } = await this.logins.complete(page.actor, found);
    this.sessions.begin(page, session, false);
  }

  /** For a visitor who reads the email of an account and does not know its password. */
  @FormPost(`${EMAIL_VERIFY_PATH}/password`)
  async choosePassword(
    @CurrentPage() page: PageContext,
    @Body() body: Fields,
  ): Promise<PageAnswer> {
    const link = await this.links.find(page, VERIFY, body.link);
    if (link instanceof PageAnswer) return link;
    try {
      const token = await this.resets.exchange(link.token);
      return page.redirect(this.links.addressFor(page, PASSWORD_RESET_LINK, token));
    } catch (error) {
      return this.links.showFailure(page, VERIFY, error);
    }
  }

  @Get(UNDO.path)
  async showUndo(@CurrentPage() page: PageContext, @Query() query: Fields): Promise<PageAnswer> {
    const link = await this.links.open(page, UNDO, query);
    return link instanceof PageAnswer ? link : renderUndo(page, link);
  }

  @FormPost(UNDO.path)
  async undo(@CurrentPage() page: PageContext, @Body() body: Fields): Promise<PageAnswer> {
    const link = await this.links.find(page, UNDO, body.link);
    if (link instanceof PageAnswer) return link;
    const { token } = link;
    try {
      const fields = { token, keepIdentities: tickedIn(body) };
      const { keepIdentities } = await validForm(UndoEmailChangeDto, fields);
      await this.undoing.undo(page.actor, token, keepIdentities);
    } catch (error) {
      return this.links.showFailure(page, UNDO, error);
    }
    page.addMessage(
      'success',
      'The old address is restored. We sent a link to choose a new password to it.',
    );
    addUsernameMessage(page, link.account);
    return page.redirect(LOGIN_PATH);
  }
}

/** A username that was the address before moves along: its owner would try to sign in with it. */
function addUsernameMessage(page: PageContext, { username, address }: OpenLink['account']): void {
  if (!hasUsernames() || !isForeignAddress({ username, emailKey: emailKey(address) })) return;
  page.addMessage(
    'info',
    `Your username was your address and changes with it. Sign in with ${address}.`,
  );
}

function renderVerify(
  page: PageContext,
  link: OpenLink,
  form: FormState,
  body: Fields = {},
): PageAnswer {
  return page.showPage(CONFIRM_EMAIL_PAGE, { page, link, form, ticked: tickedIn(body) }, form);
}

function renderUndo(page: PageContext, link: OpenLink): PageAnswer {
  return page.show(
    UNDO.title,
    <>
      <LinkedAccountFacts account={link.account} />
      <Form page={page} action={UNDO.path} class="narrow">
        <LinkField link={link} />
        <p>
          This restores the email address above and signs the account out everywhere. Its password
          no longer works. We send a link to choose a new one to this address.
        </p>
        <KeepIdentitiesChoice identities={link.account.identities} ticked={[]} />
        <button type="submit" class="btn btn-primary">
          Restore the old address
        </button>
      </Form>
    </>,
  );
}
