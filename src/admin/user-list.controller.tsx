import { Get, Query } from '@nestjs/common';
import type { UserDto } from '../administration/user.dto.js';
import { RoleListService } from '../administration/role-list.service.js';
import { USER_ORDERS, UserQueryDto } from '../administration/user-query.dto.js';
import { UserListService } from '../administration/user-list.service.js';
import { RequirePermissions } from '../common/access.decorators.js';
import type { Page } from '../common/page.js';
import { holds } from '../common/principal.js';
import { USERS } from '../permissions/users.permissions.js';
import { Field, Select } from '../web/fields.js';
import { validForm } from '../web/form-validation.js';
import { EMPTY_FORM, Form, formAfter, type FormState } from '../web/forms.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { Time } from '../web/time.js';
import { address, given, NextPage } from './next-page.js';
import { showAdmin } from './show-admin.js';
import { Table } from './table.js';
import { ActionButtons } from './user-action-buttons.js';

const PATH = '/admin/users';
const FILTERS = ['search', 'role', 'permission', 'isActive', 'isSuperuser', 'order'] as const;
const HEADINGS = { username: 'Username', email: 'Email address', createdAt: 'Added' };
const NOTHING: Page<UserDto> = { items: [], nextCursor: null };

/** Finding accounts. */
@RequirePermissions(USERS.view)
@PageController(PATH)
export class UserListController {
  constructor(
    private readonly lists: UserListService,
    private readonly roles: RoleListService,
  ) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const asked = given(query, [...FILTERS, 'cursor']);
    try {
      const users = await this.lists.list(await validForm(UserQueryDto, asked));
      await this.render(page, asked as Record<string, string>, users, EMPTY_FORM);
    } catch (error) {
      await this.render(page, {}, NOTHING, formAfter(error, asked), 422);
    }
  }

  private async render(
    page: PageContext,
    { cursor, ...filter }: Record<string, string>,
    { items, nextCursor }: Page<UserDto>,
    form: FormState,
    status = 200,
  ): Promise<void> {
    const roles = await this.roles.all();
    showAdmin(page, {
      title: 'Users',
      at: PATH,
      status,
      children: (
        <>
          {holds(page.user, USERS.add) && (
            <p>
              <a class="btn btn-primary" href={`${PATH}/add`}>
                Add a user
              </a>
            </p>
          )}
          <Filter filter={filter} form={form} roles={roles.map(({ name }) => name)} />
          {items.length === 0 ? (
            <p>No account is like that.</p>
          ) : (
            <Form page={page} action={`${PATH}/actions`}>
              <Table label="Users" headings={headingsFor(filter)}>
                {items.map((user) => (
                  <Row user={user} />
                ))}
              </Table>
              <ActionButtons page={page} />
            </Form>
          )}
          <NextPage
            path={PATH}
            query={filter}
            isFirst={cursor === undefined}
            nextCursor={nextCursor}
          />
        </>
      ),
    });
  }
}

interface FilterProps {
  filter: Record<string, string>;
  form: FormState;
  roles: string[];
}

function Filter({ filter, form, roles }: FilterProps) {
  const { search, role, isActive, isSuperuser, permission, order } = filter;
  const named = roles.map((name) => [name, name] as const);
  return (
    <form method="get" action={PATH} role="search" class="row g-3 align-items-end">
      <div class="col-sm-6 col-lg-4">
        <Field
          form={form}
          name="search"
          label="Search"
          initial={search ?? ''}
          input={{ type: 'search', maxLength: 200 }}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Select
          form={form}
          name="role"
          label="Role"
          initial={role ?? ''}
          options={[['', 'any'], ...named]}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Select
          form={form}
          name="isActive"
          label="Active"
          initial={isActive ?? ''}
          options={YES_OR_NO}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Select
          form={form}
          name="isSuperuser"
          label="Superuser"
          initial={isSuperuser ?? ''}
          options={YES_OR_NO}
        />
      </div>
      {permission !== undefined && <input type="hidden" name="permission" value={permission} />}
      {order !== undefined && <input type="hidden" name="order" value={order} />}
      <div class="col-6 col-lg-2 mb-3">
        <button type="submit" class="btn btn-outline-primary">
          Find
        </button>{' '}
        {Object.keys(filter).length > 0 && (
          <a class="btn btn-link" href={PATH}>
            All
          </a>
        )}
      </div>
      {permission !== undefined && (
        <p class="col-12 mb-3">
          Who holds <code>{permission}</code>:
        </p>
      )}
      {form.errors.map(({ field, message }) =>
        SHOWN.has(field) ? null : (
          <div class="col-12">
            <div class="alert alert-danger" role="alert">
              {message}
            </div>
          </div>
        ),
      )}
    </form>
  );
}

const YES_OR_NO = [
  ['', 'any'],
  ['true', 'yes'],
  ['false', 'no'],
] as const;
/** Fields that tell their own errors. */
const SHOWN = new Set(['search', 'role', 'isActive', 'isSuperuser']);

/** Headings that order the list, and turn the order round. */
function headingsFor(filter: Record<string, string>) {
  const { order = 'username' } = filter;
  const sortable = USER_ORDERS.map((column) => {
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

function Row({ user }: { user: UserDto }) {
  const { id, username, email, emailVerified, firstName, lastName, roles } = user;
  return (
    <tr>
      <td>
        <input
          class="form-check-input"
          type="checkbox"
          name="ids"
          value={id}
          aria-label={`Choose ${username}`}
        />
      </td>
      <th scope="row">
        <a href={`${PATH}/${id}`}>{username}</a> <States user={user} />
      </th>
      <td>
        {email}{' '}
        {email !== '' && !emailVerified && <span class="badge text-bg-warning">not confirmed</span>}
      </td>
      <td class="text-nowrap">
        <Time at={user.createdAt} />
      </td>
      <td>{`${firstName} ${lastName}`.trim()}</td>
      <td>{roles.join(', ')}</td>
      <td class="text-nowrap">{user.lastLoginAt ? <Time at={user.lastLoginAt} /> : 'never'}</td>
    </tr>
  );
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
