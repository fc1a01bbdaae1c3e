import { Get, Query, type StreamableFile } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { RoleListService } from '../administration/role-list.service.js';
import { AUDIT_ACTIONS } from '../audit/audit-actions.js';
import type { AuditEventDto } from '../audit/audit-event.dto.js';
import { AUDIT } from '../audit/audit.permissions.js';
import { AuditExportService } from '../audit/audit-export.service.js';
import { AuditExportQueryDto, AuditQueryDto } from '../audit/audit-query.dto.js';
import { AuditTrailService } from '../audit/audit-trail.service.js';
import { RequirePermissions } from '../common/access.decorators.js';
import { AppError } from '../common/app-error.js';
import type { Page } from '../common/page.js';
import { holds, type Principal } from '../common/principal.js';
import { normalizeRoleText } from '../permissions/role-fields.decorators.js';
import { ROLES } from '../permissions/roles.permissions.js';
import { USERS } from '../permissions/users.permissions.js';
import { UsersService } from '../users/users.service.js';
import { Field, Select } from '../web/fields.js';
import { validForm } from '../web/form-validation.js';
import { EMPTY_FORM, formAfter, type FormState } from '../web/forms.js';
import type { PageAnswer } from '../web/page-answer.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { Events } from './events.js';
import { address, given, NextPage } from '../web/next-page.js';
import { showAdmin } from './show-admin.js';
import { isTimeZone, startOfDay } from './start-of-day.js';

const PATH = '/admin/audit';
const FILTERS = ['action', 'actor', 'subject', 'from', 'to'] as const;
/** The fields of the form that are called otherwise in the query. */
const FIELDS = { actorId: 'actor', subjectId: 'subject' };
const NOTHING: Page<AuditEventDto> = { items: [], nextCursor: null };
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What has happened, newest first. */
@RequirePermissions(AUDIT.view)
@PageController(PATH)
export class AuditPageController {
  constructor(
    private readonly trail: AuditTrailService,
    private readonly exports: AuditExportService,
    private readonly users: UsersService,
    private readonly roles: RoleListService,
  ) {}

  @Get()
  async list(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    const asked = { ...filterOf(query), ...given(query, ['cursor']) };
    try {
      const filter = await validForm(AuditQueryDto, await this.queryFor(page, asked));
      const events = await this.trail.list(filter);
      return render(page, asked as Record<string, string>, events, EMPTY_FORM);
    } catch (error) {
      return render(page, {}, NOTHING, formAfter(error, asked, FIELDS));
    }
  }

  /** Sends the events that the list shows, on all of its pages, as a file. */
  @Get('export')
  async export(
    @CurrentPage() page: PageContext,
    @Query() query: Record<string, unknown>,
  ): Promise<StreamableFile | PageAnswer> {
    const asked = filterOf(query);
    try {
      const filter = await validForm(AuditExportQueryDto, await this.queryFor(page, asked));
      return await this.exports.exportEvents(page.actor, filter);
    } catch (error) {
      return render(page, {}, NOTHING, formAfter(error, asked, FIELDS));
    }
  }

  /** The fields of the form as those of the query behind it. */
  private async queryFor(
    { user }: PageContext,
    asked: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const { actor, subject, from, to, zone = 'UTC', ...rest } = asked;
    if (!isTimeZone(zone)) {
      const message = 'There is no such time zone.';
      throw AppError.validation([{ field: 'zone', code: 'unknown_time_zone', message }]);
    }
    return {
      ...rest,
      ...(actor !== undefined && { actorId: await this.idOf(user, 'actor', actor) }),
      ...(subject !== undefined && (await this.subjectOf(user, subject))),
      ...(from !== undefined && { from: startOf(from, zone) }),
      ...(to !== undefined && { to: startOf(to, zone, 1) }),
    };
  }

  /** What a cell of the list shows, such as `ann`, `role editor` or `limit sign_ins_per_ip`, as conditions. */
  private async subjectOf(visitor: Principal, shown: unknown): Promise<object> {
    if (typeof shown !== 'string' || isUUID(shown.trim())) return { subjectId: shown };
    const user = holds(visitor, USERS.view) ? await this.users.findForSignIn(shown) : null;
    const subjectId = user?.id ?? (await this.roleOf(visitor, shown));
    if (subjectId !== null) return { subjectId };
    const [, subjectType, name] = /^\s*([a-z_]+)\s+(.+?)\s*$/su.exec(shown) ?? [];
    if (subjectType === undefined || subjectType === 'user') {
      return { subjectId: await this.idOf(visitor, 'subject', name ?? shown) };
    }
    const role = subjectType === 'role' ? await this.roleOf(visitor, name!) : null;
    return { subjectType, subjectId: role ?? name };
  }

  private async roleOf(visitor: Principal, name: string): Promise<string | null> {
    return holds(visitor, ROLES.view) ? this.roles.idOf(normalizeRoleText(name)) : null;
  }

  /** A username or an address as the id of the account; whatever looks like an id stays: its owner may be gone. */
  private async idOf(visitor: Principal, field: string, name: unknown): Promise<unknown> {
    if (typeof name !== 'string' || isUUID(name.trim())) return name;
    // Whose address it is, is for those who may look accounts up.
    const user = holds(visitor, USERS.view) ? await this.users.findForSignIn(name) : null;
    if (user) return user.id;
    throw AppError.validation([
      { field, code: 'unknown_user', message: 'There is no user of that name; an id works too.' },
    ]);
  }
}

/** What the list is narrowed by. */
function filterOf(query: Record<string, unknown>): Record<string, unknown> {
  const asked = given(query, FILTERS);
  const hasDays = asked.from !== undefined || asked.to !== undefined;
  // Days are those of the reader, whose browser names their time zone; without a script they are days of UTC.
  return { ...asked, ...(hasDays && given(query, ['zone'])) };
}

/** A day as the moment when it begins in a time zone, or the one after it does. */
function startOf(day: unknown, zone: string, later = 0): unknown {
  const isDay = typeof day === 'string' && DAY.test(day) && !Number.isNaN(Date.parse(day));
  if (!isDay) return day;
  const asked = new Date(Date.parse(day) + later * 86_400_000).toISOString();
  const [date, time] = asked.split('T') as [string, string];
  // What has more than four digits of a year is told to be no time.
  return time && DAY.test(date) ? startOfDay(date, zone).toISOString() : asked;
}

function render(
  page: PageContext,
  { cursor, ...filter }: Record<string, string>,
  { items, nextCursor }: Page<AuditEventDto>,
  form: FormState,
): PageAnswer {
  return showAdmin(page, {
    title: 'Audit trail',
    at: PATH,
    form,
    children: (
      <>
        <Filter filter={filter} form={form} />
        {form.errors.length === 0 && (
          <p>
            <a class="btn btn-outline-secondary" href={address(`${PATH}/export`, filter)}>
              Export CSV
            </a>
          </p>
        )}
        <Events visitor={page.user} events={items} />
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

function Filter({ filter, form }: { filter: Record<string, string>; form: FormState }) {
  const actions = Object.keys(AUDIT_ACTIONS).map((action) => [action, action] as const);
  const { zone = '' } = filter;
  const hidden = form.errors.filter(({ field }) => !FILTERS.some((one) => one === field));
  return (
    <form method="get" action={PATH} role="search" class="row g-3 align-items-start">
      <div class="col-sm-6 col-lg-3">
        <Select
          form={form}
          name="action"
          label="What"
          initial={filter.action ?? ''}
          options={[['', 'anything'], ...actions]}
        />
      </div>
      <div class="col-sm-6 col-lg-2">
        <Field
          form={form}
          name="actor"
          label="Who: name or id"
          initial={filter.actor ?? ''}
          input={{ type: 'search', autocapitalize: 'none' }}
        />
      </div>
      <div class="col-sm-6 col-lg-2">
        <Field
          form={form}
          name="subject"
          label="To whom: name or id"
          initial={filter.subject ?? ''}
          input={{ type: 'search', autocapitalize: 'none' }}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Field
          form={form}
          name="from"
          label={`From (${zone || 'UTC'})`}
          initial={filter.from ?? ''}
          input={{ type: 'date' }}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Field
          form={form}
          name="to"
          label={`To (${zone || 'UTC'})`}
          initial={filter.to ?? ''}
          input={{ type: 'date' }}
        />
      </div>
      <input type="hidden" name="zone" value={zone} />
      <div class="col-12 mb-3">
        {hidden.map(({ message }) => (
          <div class="alert alert-danger" role="alert">
            {message}
          </div>
        ))}
        <button type="submit" class="btn btn-outline-primary">
          Find
        </button>{' '}
        {Object.keys(filter).length > 0 && (
          <a class="btn btn-link" href={PATH}>
            All
          </a>
        )}
      </div>
    </form>
  );
}
