import { Body, Get } from '@nestjs/common';
import { CreateUserDto } from '../../administration/users/create-user.dto.js';
import {
  type AddedUser,
  UserCreationService,
} from '../../administration/users/user-creation.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { EmailService } from '../../platform/email/email.service.js';
import { USERS } from '../../permissions/users.permissions.js';
import { Check, Field } from '../kit/fields.js';
import { hasUsernames } from '../../users/usernames.js';
import { FormPost } from '../kit/form-post.guard.js';
import { validForm } from '../kit/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { showAdmin } from '../kit/show-admin.js';

const PATH = '/admin/users/add';

/** Adding an account in two steps: who it is for, and then everything else. */
@RequirePermissions(USERS.add, USERS.view)
@PageController(PATH)
export class UserAddController {
  constructor(
    private readonly creation: UserCreationService,
    private readonly email: EmailService,
  ) {}

  @Get()
  show(@CurrentPage() page: PageContext): PageAnswer {
    return this.render(page, EMPTY_FORM);
  }

  @FormPost()
  async add(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const { username, email } = body;
    try {
      const sendInvitation = body.sendInvitation === 'on';
      const account = await validForm(CreateUserDto, {
        ...(hasUsernames() && { username }),
        email,
        sendInvitation,
      });
      const added = await this.creation.create(page.actor, account);
      page.addMessage(added.obstacle ? 'warning' : 'success', outcomeOf(added));
      return page.redirect(`/admin/users/${added.user.id}`);
    } catch (error) {
      return this.render(page, formAfter(error, body));
    }
  }

  private render(page: PageContext, form: FormState): PageAnswer {
    return render(page, form, this.email.isOn);
  }
}

function outcomeOf({ user, obstacle }: AddedUser): string {
  if (obstacle) return `The account was added. No invitation was sent: ${obstacle.message}`;
  return user.invitedAt
    ? 'The account was added. An invitation to choose a password is on its way to its owner.'
    : 'The account was added. It has no password yet: send its owner a link.';
}

function render(page: PageContext, form: FormState, canInvite: boolean): PageAnswer {
  return showAdmin(page, {
    title: 'Add a user',
    at: PATH,
    form,
    children: (
      <Form page={page} action={PATH} form={form} class="narrow">
        <p>
          First who it is for. Names, roles and permissions come next. You set no password: its
          owner chooses one, by the link of an invitation.
        </p>
        {hasUsernames() && (
          <Field
            form={form}
            name="username"
            label="Username"
            help="At most 150 letters, digits and @ . + - _ only."
            input={{ autocomplete: 'off', autocapitalize: 'none', required: true, maxLength: 150 }}
          />
        )}
        <Field
          form={form}
          name="email"
          label="Email address"
          input={{ type: 'email', autocomplete: 'off', required: true, maxLength: 254 }}
        />
        {canInvite ? (
          <Check
            form={form}
            name="sendInvitation"
            label="Send an invitation"
            help="An email with a link to choose a password. It is good for 7 days."
            initial
          />
        ) : (
          <p>No invitation is sent, because this site sends no email.</p>
        )}
        <button type="submit" class="btn btn-primary">
          Add, and go on
        </button>
      </Form>
    ),
  });
}
