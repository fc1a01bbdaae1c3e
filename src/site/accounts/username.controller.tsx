import { Body, Get } from '@nestjs/common';
import { ProfileService } from '../../account/profile.service.js';
import { UpdateMeDto } from '../../account/update-me.dto.js';
import { RequireRecentLogin } from '../../access/access.decorators.js';
import { PROFILE_PATH } from '../../http/page-paths.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';

const PATH = '/accounts/username';

/** Choosing another username for one's own account. */
@RequireRecentLogin()
@PageController(PATH)
export class UsernameController {
  constructor(private readonly profiles: ProfileService) {}

  @Get()
  show(@CurrentPage() page: PageContext): PageAnswer {
    return render(page, EMPTY_FORM);
  }

  @FormPost()
  async change(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    try {
      const { username } = await validForm(UpdateMeDto, { username: body.username });
      const account = await this.profiles.update(page.actor, { username: username ?? '' });
      page.addMessage('success', `Your username is ${account.username} now.`);
    } catch (error) {
      return render(page, formAfter(error, body));
    }
    return page.redirect(PROFILE_PATH);
  }
}

function render(page: PageContext, form: FormState): PageAnswer {
  return page.show(
    'Change your username',
    <Form page={page} action={PATH} form={form} class="narrow">
      <Field
        form={form}
        name="username"
        label="Username"
        initial={page.user.username}
        help="At most 150 letters, digits and @ . + - _ only. You sign in with it. Nobody else can take your old one until you change it again."
        input={{
          autocomplete: 'username',
          autocapitalize: 'none',
          required: true,
          maxLength: 150,
        }}
      />
      <button type="submit" class="btn btn-primary">
        Change the username
      </button>
    </Form>,
    form,
  );
}
