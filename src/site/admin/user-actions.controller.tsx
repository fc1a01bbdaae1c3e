import { Body, Param } from '@nestjs/common';
import { isUUID } from 'class-validator';
import {
  type ActionOutcome,
  USER_ACTIONS,
  type UserAction,
  UserActionsService,
} from '../../administration/users/user-actions.service.js';
import { RequirePermissions } from '../../access/access.decorators.js';
import { AppError } from '../../http/app-error.js';
import { USERS } from '../../permissions/users.permissions.js';
import { hasUsernames } from '../../users/usernames.js';
import { FormPost } from '../kit/form-post.guard.js';
import { Long, shortened } from '../kit/long.js';
import { Form } from '../kit/forms.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { showAdmin } from '../kit/show-admin.js';
import { Table } from '../kit/table.js';
import { ACTION_TEXTS, ACTIONS_PATH } from './user-action-buttons.js';

const LIST = '/admin/users';
const MOST = 100;
/** How many are told by their names. */
const NAMED = 5;

/** Doing something to one or several accounts, after a recent sign-in and a look at what will happen. */
@RequirePermissions(USERS.view)
@PageController(ACTIONS_PATH)
export class UserActionsController {
  constructor(private readonly actions: UserActionsService) {}

  @RequirePermissions(USERS.delete)
  @FormPost('delete')
  async delete(
    @CurrentPage() page: PageContext,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    return this.previewOrPerform(page, 'delete', body);
  }

  @RequirePermissions(USERS.change)
  @FormPost(':action')
  async act(
    @CurrentPage() page: PageContext,
    @Param('action') action: string,
    @Body() body: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const known = USER_ACTIONS.find((one) => one === action && one !== 'delete');
    if (!known) throw new AppError('not_found');
    return this.previewOrPerform(page, known, body);
  }

  private async previewOrPerform(
    page: PageContext,
    action: UserAction,
    { ids, confirmed }: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const chosen = [ids].flat().filter((id): id is string => isUUID(id));
    if (chosen.length === 0 || chosen.length > MOST) {
      const few = 'Choose the accounts first.';
      page.addMessage('warning', chosen.length === 0 ? few : `Choose at most ${MOST} accounts.`);
      return page.redirect(LIST);
    }
    if (confirmed === 'yes') {
      addOutcomeMessage(
        page,
        action,
        chosen,
        await this.actions.performOnEach(page.actor, action, chosen),
      );
      return page.redirect(afterwards(page, action, chosen));
    }
    const outcomes = await this.actions.previewOnEach(page.actor, action, chosen);
    if (outcomes.some(({ obstacle }) => obstacle === undefined)) {
      return preview(page, action, outcomes);
    }
    // A page that only says no would be a dead end: the reasons stand on the page that the visitor came from.
    addOutcomeMessage(page, action, chosen, outcomes);
    return page.redirect(outcomes.length === 0 ? LIST : afterwards(page, action, chosen));
  }
}

function preview(page: PageContext, action: UserAction, outcomes: ActionOutcome[]): PageAnswer {
  const { title, style } = ACTION_TEXTS[action];
  const possible = outcomes.filter(({ obstacle }) => obstacle === undefined);
  return showAdmin(page, {
    title: `${title}?`,
    at: LIST,
    children: (
      <>
        <p>{consequences(action, possible)}</p>
        <Table
          label="Accounts"
          headings={[
            'Account',
            ...(hasUsernames() ? ['Email address'] : []),
            'Sessions',
            'Roles',
            'Remarks',
          ]}
        >
          {outcomes.map(({ username, email, sessions, roles, obstacle }) => (
            <tr>
              <th scope="row">
                <Long text={username} />
              </th>
              {hasUsernames() && (
                <td>
                  <Long text={email} />
                </td>
              )}
              <td>{obstacle === undefined && sessions}</td>
              <td>
                <Long text={roles.join(', ')} />
              </td>
              <td>
                {obstacle !== undefined && (
                  <>
                    <span class="badge text-bg-warning">will be left alone</span> {obstacle}
                  </>
                )}
              </td>
            </tr>
          ))}
        </Table>
        <Form page={page} action={`${ACTIONS_PATH}/${action}`}>
          <input type="hidden" name="confirmed" value="yes" />
          {possible.map(({ id }) => (
            <input type="hidden" name="ids" value={id} />
          ))}
          <button type="submit" class={`btn btn-${style.replace('outline-secondary', 'primary')}`}>
            {`${title}: ${counted(possible.length)}`}
          </button>{' '}
          <a class="btn btn-outline-secondary" href={LIST}>
            Back
          </a>
        </Form>
      </>
    ),
  });
}

function consequences(action: UserAction, outcomes: ActionOutcome[]): string {
  const sessions = outcomes.reduce((sum, outcome) => sum + outcome.sessions, 0);
  const ending = sessions === 1 ? '1 session ends' : `${sessions} sessions end`;
  return {
    activate: 'They can sign in again, with what they may do.',
    deactivate: `They cannot sign in any more and hold no permission, until they are activated: ${ending}.`,
    'end-sessions': `They are signed out on every device: ${ending}.`,
    'reset-password':
      'Each gets an email with a link to choose a password. Those who never had one and never signed in get an invitation. Passwords stay as they are until then.',
    delete: `They are gone for good, with their roles and their permissions: ${ending}. What they did stays in the audit trail, without names and addresses.`,
  }[action];
}

/** What became of it; what was left alone by reason, as messages are not to be many. */
function addOutcomeMessage(
  page: PageContext,
  action: UserAction,
  chosen: string[],
  outcomes: ActionOutcome[],
): void {
  const failed = outcomes.filter(({ obstacle }) => obstacle !== undefined);
  for (const reason of new Set(failed.map(({ obstacle }) => obstacle))) {
    const names = failed.filter(({ obstacle }) => obstacle === reason);
    const who = names.length <= NAMED ? names.map(nameOf).join(', ') : counted(names.length);
    page.addMessage('warning', `Left alone: ${who}. ${reason}`);
  }
  const gone = new Set(chosen).size - outcomes.length;
  if (gone > 0) page.addMessage('info', `${counted(gone)} had been deleted before.`);
  const done = outcomes.length - failed.length;
  if (done > 0) page.addMessage('success', `${counted(done)} ${ACTION_TEXTS[action].done}.`);
}

function nameOf({ username }: ActionOutcome): string {
  return shortened(username);
}

/** Back to the account if it was one and is still there. */
function afterwards({ user }: PageContext, action: UserAction, chosen: string[]): string {
  const isOne = new Set(chosen).size === 1 && action !== 'delete';
  const isOwn = chosen[0] === user.userId && action !== 'activate';
  return isOne && !isOwn ? `${LIST}/${chosen[0]!.toLowerCase()}` : LIST;
}

function counted(count: number): string {
  return count === 1 ? '1 account' : `${count} accounts`;
}
