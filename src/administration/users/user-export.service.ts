import { Injectable, type StreamableFile } from '@nestjs/common';
import { AuditExportService } from '../../audit/audit-export.service.js';
import { type CsvColumns, csvDownload } from '../../http/csv-download.js';
import type { SignedInActor } from '../../http/current-actor.decorator.js';
import { everyPage } from '../../http/page.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { hostFieldsIn } from '../../users/user-field.decorator.js';
import type { UserDto } from './user.dto.js';
import { UserListService } from './user-list.service.js';
import type { UserExportQueryDto } from './user-query.dto.js';

/** Named one by one: a column that is added to the table does not leave the application by itself. */
const COLUMNS: CsvColumns<UserDto> = {
  id: ({ id }) => id,
  username: ({ username }) => username,
  email: ({ email }) => email,
  emailVerified: ({ emailVerified }) => emailVerified,
  firstName: ({ firstName }) => firstName,
  lastName: ({ lastName }) => lastName,
  isActive: ({ isActive }) => isActive,
  isSuperuser: ({ isSuperuser }) => isSuperuser,
  roles: ({ roles }) => roles.join(';'),
  createdAt: ({ createdAt }) => createdAt,
  lastLoginAt: ({ lastLoginAt }) => lastLoginAt,
};

/** Exports accounts. */
@Injectable()
export class UserExportService {
  constructor(
    private readonly lists: UserListService,
    private readonly exports: AuditExportService,
  ) {}

  /** Records the export, then streams the accounts. Throws `AppError` 403 `recent_login_required`. */
  async exportUsers(actor: SignedInActor, query: UserExportQueryDto): Promise<StreamableFile> {
    assertRecentLogin(actor);
    const { order, ...filters } = query;
    await this.exports.recordExport(actor, 'users', filters);
    const pages = everyPage((page) => this.lists.list({ ...filters, order, ...page }));
    return csvDownload('users', { ...COLUMNS, ...columnsOfHost() }, pages);
  }
}

/** The fields that the application adds to accounts, which administrators see everywhere. */
function columnsOfHost(): CsvColumns<UserDto> {
  return Object.fromEntries(
    hostFieldsIn('user').map(({ name }) => [
      name,
      (user: UserDto) => (user as unknown as Record<string, unknown>)[name],
    ]),
  );
}
