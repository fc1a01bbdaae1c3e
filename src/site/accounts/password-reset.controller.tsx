import { Body, Get } from '@nestjs/common';
import { RequestResetDto } from '../../account/password.dto.js';
import { PasswordResetService } from '../../account/password-reset.service.js';
import { Public } from '../../access/access.decorators.js';
import { LOGIN_PATH, PASSWORD_RESET_PATH, withNext } from '../../http/page-paths.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState, NextField } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';

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
  return page.show(
    'Forgot your password?',
    <Form page={page} action={PASSWORD_RESET_PATH} form={form} class="narrow">
      <NextField next={page.next} />
      <Field
        form={form}
        name="email"
        label="Email address"
        help="A link to choose a new password is sent to the address of your account."
        input={{ type: 'email', autocomplete: 'email', required: true, maxLength: 254 }}
      />
      <button type="submit" class="btn btn-primary">
        Send the link
      </button>
      <p class="mt-3">
        <a href={withNext(LOGIN_PATH, page.next)}>Sign in</a>
      </p>
    </Form>,
    form,
  );
}
