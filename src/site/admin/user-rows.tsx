import type { UserDto } from '../../administration/users/user.dto.js';
import { USER_ORDERS } from '../../administration/users/user-query.dto.js';
import { hasUsernames, nameOfAddress } from '../../users/usernames.js';
import { Time } from '../kit/time.js';
import { Long } from '../kit/long.js';
import { address } from '../kit/next-page.js';

const PATH = '/admin/users';
const HEADINGS = { username: 'Username', email: 'Email address', createdAt: 'Added' };

/** Headings that order the list, and turn the order round. */
export function headingsFor(filter: Record<string, string>) {
  const { order: asked = 'username' } = filter;
  const order = hasUsernames() ? asked : asked.replace('username', 'email');
  const shown = USER_ORDERS.filter((column) => column !== 'username' || hasUsernames());
  const sortable = shown.map((column) => {
    const direction =
      order === column ? 'ascending' : order === `-${column}` ? 'descending' : 'none';
    const next = direction === 'ascending' ? `-${column}` : column;
    const arrow = { ascending: ' ↑', descending: ' ↓', none: '' }[direction];
    return (
      <th scope="col" class="text-nowrap" aria-sort={direction}>
        <a href={address(PATH, { ...filter, order: next })}>{`${HEADINGS[column]}${arrow}`}</a>
      </th>
    );
  });
  return [
    <th scope="col">
      <span class="visually-hidden">Choose</span>
    </th>,
    ...sortable,
    'Name',
    'Roles',
    'Last sign-in',
  ];
}

/** An account in the list. */
export function UserRow({ user }: { user: UserDto }) {
  const { id, username, email, emailVerified, firstName, lastName, roles } = user;
  const name = nameOf(user);
  const confirmation = email !== '' && !emailVerified && (
    <span class="badge text-bg-warning">not confirmed</span>
  );
  return (
    <tr>
      <td>
        <input
          class="form-check-input"
          type="checkbox"
          name="ids"
          value={id}
          aria-label={`Choose ${name}`}
        />
      </td>
      <th scope="row">
        <a href={`${PATH}/${id}`}>
          <Long text={name} />
        </a>{' '}
        <States user={user} /> {username === null && confirmation}
      </th>
      {username !== null && (
        <td>
          <Long text={email} /> {confirmation}
        </td>
      )}
      <td class="text-nowrap">
        <Time at={user.createdAt} />
      </td>
      <td>
        <Long text={`${firstName} ${lastName}`.trim()} />
      </td>
      <td>
        <Long text={roles.join(', ')} />
      </td>
      <td class="text-nowrap">{user.lastLoginAt ? <Time at={user.lastLoginAt} /> : 'never'}</td>
    </tr>
  );
}

/** What names an account: its username, or its address where accounts have none. */
export function nameOf({ username, email }: Pick<UserDto, 'username' | 'email'>): string {
  return username ?? nameOfAddress(email);
}

/** What is not as with most accounts. */
export function States({ user }: { user: Pick<UserDto, 'isActive' | 'isSuperuser'> }) {
  return (
    <>
      {user.isSuperuser && <span class="badge text-bg-primary">superuser</span>}{' '}
      {!user.isActive && <span class="badge text-bg-secondary">inactive</span>}
    </>
  );
}
