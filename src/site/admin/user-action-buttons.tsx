import type { UserAction } from '../../administration/users/user-actions.service.js';
import { holds } from '../../access/principal.js';
import { USERS } from '../../permissions/users.permissions.js';
import type { PageContext } from '../kit/page-context.js';

export const ACTIONS_PATH = '/admin/users/actions';

/** What each action is called, and what has happened when it is done. */
export const ACTION_TEXTS: Record<UserAction, { title: string; done: string; style: string }> = {
  activate: { title: 'Activate', done: 'activated', style: 'outline-secondary' },
  deactivate: { title: 'Deactivate', done: 'deactivated', style: 'outline-secondary' },
  'end-sessions': {
    title: 'Sign out everywhere',
    done: 'signed out everywhere',
    style: 'outline-secondary',
  },
  'reset-password': {
    title: 'Send a link to choose a password',
    done: 'sent a link',
    style: 'outline-secondary',
  },
  delete: { title: 'Delete', done: 'deleted', style: 'outline-danger' },
};

interface ActionButtonsProps {
  page: PageContext;
  /** Those that work; all that the visitor may do to some account unless it is said. */
  actions?: UserAction[];
}

/** Buttons of a form that names accounts, for what its visitor may do to them. Each leads to a preview. */
export function ActionButtons({ page, actions }: ActionButtonsProps) {
  const all = Object.entries(ACTION_TEXTS) as [UserAction, (typeof ACTION_TEXTS)[UserAction]][];
  const offered = all.filter(
    ([action]) =>
      (actions?.includes(action) ?? true) &&
      holds(page.user, action === 'delete' ? USERS.delete : USERS.change),
  );
  return (
    <div class="d-flex flex-wrap gap-2 mb-3">
      {offered.map(([action, { title, style }]) => (
        <button
          type="submit"
          class={`btn btn-sm btn-${style}`}
          formaction={`${ACTIONS_PATH}/${action}`}
        >
          {`${title} …`}
        </button>
      ))}
    </div>
  );
}
