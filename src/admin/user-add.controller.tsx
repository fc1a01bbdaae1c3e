import { Body, Get } from '@nestjs/common';
import { CreateUserDto } from '../administration/create-user.dto.js';
import { UserCreationService } from '../administration/user-creation.service.js';
import { RequirePermissions } from '../common/access.decorators.js';
import { USERS } from '../permissions/users.permissions.js';
import { Field } from '../web/fields.js';
import { FormPost } from '../web/form-post.guard.js';
import { validForm } from '../web/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../web/forms.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { showAdmin } from './show-admin.js';

const PATH = '/admin/users/add';

/** Adding an account in two steps: who it is for, and then everything else. */
@RequirePermissions(USERS.add, USERS.view)
@PageController(PATH)
export class UserAddController {
  constructor(private readonly creation: UserCreationService) {}

  @Get()
  show(@CurrentPage() page: PageContext): void {
    render(page, EMPTY_FORM);
  }

  @FormPost()
  async add(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<void> {
    const { username, email } = body;
    try {
      const account = await validForm(CreateUserDto, { username, email });
      const { id } = await this.creation.create(page.actor, account);
      page.tell('success', 'The account was added. It has no password yet: send its owner a link.');
      return page.redirect(`/admin/users/${id}`);
    } catch (error) {
      return render(page, formAfter(error, body), 422);
    }
  }
}

function render(page: PageContext, form: FormState, status = 200): void {
  showAdmin(page, {
    title: 'Add a user',
    at: PATH,
    status,
    children: (
      <Form page={page} action={PATH} form={form} class="narrow">
        <p>
          First who it is for. Names, roles and permissions come next. You set no password: its
          owner chooses one, by a link that you have sent.
        </p>
        <Field
          form={form}
          name="username"
          label="Username"
          help="At most 150 letters, digits and @ . + - _ only."
          input={{ autocomplete: 'off', autocapitalize: 'none', required: true, maxLength: 150 }}
        />
        <Field
          form={form}
          name="email"
          label="Email address"
          input={{ type: 'email', autocomplete: 'off', required: true, maxLength: 254 }}
        />
        <button type="submit" class="btn btn-primary">
          Add, and go on
        </button>
      </Form>
    ),
  });
}
