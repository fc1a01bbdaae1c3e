import { Body, Get, Query } from '@nestjs/common';
import { ConfirmResetDto } from '../../account/password.dto.js';
import { PasswordResetService } from '../../account/password-reset.service.js';
import { Public } from '../../access/access.decorators.js';
import {
  LOGIN_PATH,
  PASSWORD_RESET_CONFIRM_PATH,
  PASSWORD_RESET_PATH,
  withNext,
} from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { PASSWORD_PURPOSES } from '../../one-time-tokens/one-time-token.entity.js';
import { CustomPasswordRules } from '../../passwords/custom-password-rules.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm, withRepeatedPassword } from '../kit/form-validation.js';
import { EMPTY_FORM, formAfter, type FormState } from '../kit/forms.js';
import { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { type LinkPage, LinkPages, type OpenLink } from './link-pages.js';
import { tickedIn } from './linked-account.js';
import { PASSWORD_RESET_CONFIRM_PAGE, textsFor } from './password-reset-confirm.page.js';

/** The page behind a link to choose a password: another one, or the first of an invited account. */
export const PASSWORD_RESET_LINK: LinkPage = {
  purposes: PASSWORD_PURPOSES,
  path: PASSWORD_RESET_CONFIRM_PATH,
  title: 'Choose a password',
  anew: { path: PASSWORD_RESET_PATH, text: 'Send another link' },
};

/** Choosing a password with a mailed link. */
@Public()
@PageController(PASSWORD_RESET_CONFIRM_PATH)
export class PasswordResetConfirmController {
  constructor(
    private readonly resets: PasswordResetService,
    private readonly links: LinkPages,
    private readonly config: AppConfig,
    private readonly passwordRules: CustomPasswordRules,
  ) {}

  @Get()
  async showConfirm(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const link = await this.links.open(page, PASSWORD_RESET_LINK, query);
    return link instanceof PageAnswer ? link : this.renderConfirm(page, link, EMPTY_FORM);
  }

  @FormPost()
  async confirm(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const link = await this.links.find(page, PASSWORD_RESET_LINK, body.link);
    if (link instanceof PageAnswer) return link;
    const { token } = link;
    try {
      const fields = { token, newPassword: body.password, keepIdentities: tickedIn(body) };
      const { newPassword, keepIdentities } = await withRepeatedPassword(body, () =>
        validForm(ConfirmResetDto, fields),
      );
      await this.resets.confirm(page.actor, token, newPassword, keepIdentities);
    } catch (error) {
      return this.links.showFailure(page, PASSWORD_RESET_LINK, error, () => {
        const form = formAfter(error, body, { newPassword: 'password' });
        return this.renderConfirm(page, link, form, tickedIn(body));
      });
    }
    page.addMessage('success', textsFor(link).done(link.account.username));
    return page.redirect(withNext(LOGIN_PATH, page.takeNext()));
  }

  private renderConfirm(
    page: PageContext,
    link: OpenLink,
    form: FormState,
    ticked: readonly string[] = [],
  ): PageAnswer {
    const { passwordMinLength: minLength } = this.config;
    const { hints } = this.passwordRules;
    return page.showPage(
      PASSWORD_RESET_CONFIRM_PAGE,
      { page, form, link, ticked, minLength, hints },
      form,
    );
  }
}
