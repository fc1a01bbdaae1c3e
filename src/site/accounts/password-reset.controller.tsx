import { Body, Get } from '@nestjs/common';
import { RequestResetDto } from '../../account/password.dto.js';
import { PasswordResetService } from '../../account/password-reset.service.js';
import { Public } from '../../access/access.decorators.js';
import { LOGIN_PATH, PASSWORD_RESET_PATH, withNext } from '../../http/page-paths.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PASSWORD_RESET_PAGE } from './password-reset.page.js';

const DONE_PATH = `${PASSWORD_RESET_PATH}/done`;

/** Forgotten passwords: asking for a link to choose a new one. */
@Public()
@PageController()
export class PasswordResetController {
  constructor(private readonly resets: PasswordResetService) {}

  @Get(PASSWORD_RESET_PATH)
  showRequest(@CurrentPage() page: PageContext): PageAnswer {
    return renderRequest(page, EMPTY_FORM);
  }

  @FormPost(PASSWORD_RESET_PATH)
  async request(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const { email } = await validForm(RequestResetDto, { email: body.email });
      await this.resets.request(page.actor, email);
    } catch (error) {
      return renderRequest(page, formAfter(error, body));
    }
    page.keepNext();
    return page.redirect(withNext(DONE_PATH, page.next));
  }

  @Get(DONE_PATH)
  showDone(@CurrentPage() page: PageContext): PageAnswer {
    return page.show(
      'Look into your mailbox',
      <>
        <p>
          If there is an account with this address, a link to choose a new password is on its way to
          it.
        </p>
        <p>
          Nothing there? Look for it among unwanted mails, or try the address you registered with.
        </p>
        <p>
          <a href={withNext(LOGIN_PATH, page.next)}>Sign in</a>
        </p>
      </>,
    );
  }
}

function renderRequest(page: PageContext, form: FormState): PageAnswer {
  return page.showPage(PASSWORD_RESET_PAGE, { page, form }, form);
}
