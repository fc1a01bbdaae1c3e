import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { RoleListService } from '../../administration/roles/role-list.service.js';
import { AppError } from '../../http/app-error.js';
import { holds, type Principal } from '../../access/principal.js';
import { normalizeRoleText } from '../../permissions/role-fields.decorators.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';
import { UsersService } from '../../users/users.service.js';
import { isTimeZone, startOfDay } from './start-of-day.js';

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Reads what visitors type to find events: names for ids, and days for moments. */
@Injectable()
export class AuditSearch {
  constructor(
    private readonly users: UsersService,
    private readonly roles: RoleListService,
  ) {}

  /** Returns the fields of the form as those of the query behind it. */
  async queryFor(
    visitor: Principal,
    asked: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const { actor, subject, from, to, zone = 'UTC', ...rest } = asked;
    if (!isTimeZone(zone)) {
      const message = 'There is no such time zone.';
      throw AppError.validation([{ field: 'zone', code: 'unknown_time_zone', message }]);
    }
    return {
      ...rest,
      ...(actor !== undefined && { actorId: await this.idOf(visitor, 'actor', actor) }),
      ...(subject !== undefined && (await this.subjectOf(visitor, subject))),
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

/** A day as the moment when it begins in a time zone, or the one after it does. */
function startOf(day: unknown, zone: string, later = 0): unknown {
  const isDay = typeof day === 'string' && DAY.test(day) && !Number.isNaN(Date.parse(day));
  if (!isDay) return day;
  const asked = new Date(Date.parse(day) + later * 86_400_000).toISOString();
  const [date, time] = asked.split('T') as [string, string];
  // What has more than four digits of a year is told to be no time.
  return time && DAY.test(date) ? startOfDay(date, zone).toISOString() : asked;
}
