import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Principal } from '../common/principal.js';
import { ChangeFeed } from '../database/change-feed.js';
import { LiveEntries } from '../database/live-entries.js';
import { AccountDto } from '../users/account.dto.js';
import { hostFieldsIn } from '../users/user-field.decorator.js';
import { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

const LIMITS = { maxEntries: 10_000, maxBytes: 16 * 1024 * 1024 };
const NO_GRANTS = { roles: [], permissions: [] };

/** An account as its owner sees it, but for the latest sign-in. */
export type ShownAccount = Omit<AccountDto, 'lastLoginAt'>;

/** Accounts as their owners look at them, in memory until their row changes. Nothing is decided by them. */
@Injectable()
export class ShownAccounts implements OnModuleInit {
  private readonly kept: LiveEntries<ShownAccount>;
  private isKept = false;

  constructor(
    changes: ChangeFeed,
    private readonly users: UsersService,
    private readonly dataSource: DataSource,
  ) {
    // Signing in is not announced as a change of what an account shows: `lastLoginAt` would be an old one.
    this.kept = new LiveEntries(changes, 'account', { ...LIMITS, load: (id) => this.load(id) });
  }

  onModuleInit(): void {
    this.isKept = isAllInTheRow(this.dataSource);
  }

  /** The account of a principal; null when it is gone. */
  async of({ userId, roles, permissions }: Principal): Promise<ShownAccount | null> {
    const account = await (this.isKept ? this.kept.get(userId) : this.load(userId));
    if (!account) return null;
    const own: Record<string, unknown> = { ...account };
    for (const [name, value] of Object.entries(own)) {
      if (value instanceof Date) own[name] = new Date(value);
    }
    return {
      ...(own as unknown as ShownAccount),
      roles: [...roles],
      permissions: [...permissions],
    };
  }

  private async load(userId: string): Promise<ShownAccount | null> {
    const user = await this.users.findById(userId);
    if (!user) return null;
    const { lastLoginAt: _, ...account } = AccountDto.of(user, NO_GRANTS);
    return account;
  }
}

/** Whether every field of a host is what stands in the account's row: of anything else, changes are not announced. */
function isAllInTheRow(dataSource: DataSource): boolean {
  const metadata = dataSource.getMetadata(User);
  if (metadata.afterLoadListeners.length > 0) return false;
  if (dataSource.subscribers.some((one) => one.afterLoad !== undefined)) return false;
  const columns = new Map(metadata.ownColumns.map((column) => [column.propertyName, column]));
  return hostFieldsIn('account').every(({ name }) => {
    const column = columns.get(name);
    return column && !column.isVirtualProperty && !column.relationMetadata && !column.transformer;
  });
}
