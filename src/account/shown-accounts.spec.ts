import { beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { Principal } from '../common/principal.js';
import type { ChangeFeed } from '../database/change-feed.js';
import { UserField } from '../users/user-field.decorator.js';
import { User } from '../users/user.entity.js';
import type { UsersService } from '../users/users.service.js';
import { ShownAccounts } from './shown-accounts.js';

const PRINCIPAL = { userId: 'u1', roles: ['editor'], permissions: ['x.y'] } as unknown as Principal;
const feed = { isLive: true, subscribe: () => undefined, onGap: () => undefined };

interface Schema {
  columns?: object[];
  afterLoadListeners?: object[];
  subscribers?: object[];
}

/** What is read of the table, and how often. */
function withSchema({ columns = [], afterLoadListeners = [], subscribers = [] }: Schema) {
  const reads = { count: 0 };
  const users = {
    findById: () => {
      reads.count++;
      const createdAt = new Date(0);
      return Promise.resolve({ id: 'u1', createdAt, passwordHash: 'hash', mood: ['good'] });
    },
  };
  const dataSource = {
    subscribers,
    getMetadata: () => ({ ownColumns: columns, afterLoadListeners }),
  };
  const accounts = new ShownAccounts(
    feed as unknown as ChangeFeed,
    users as unknown as UsersService,
    dataSource as unknown as DataSource,
  );
  accounts.onModuleInit();
  return { accounts, reads };
}

describe('accounts as they are shown', () => {
  beforeAll(() => {
    UserField({ schema: { type: [String] }, rules: [] })(User.prototype, 'mood');
  });
  const column = { propertyName: 'mood', isVirtualProperty: false };

  it('are read once, and are nobody else’s to change', async () => {
    const { accounts, reads } = withSchema({ columns: [column] });
    const first = (await accounts.of(PRINCIPAL))!;
    expect(first).toMatchObject({ id: 'u1', mood: ['good'], roles: ['editor'] });
    expect(first).not.toHaveProperty('passwordHash');
    expect(first).not.toHaveProperty('lastLoginAt');
    first.createdAt.setTime(1);
    first.roles.push('admin');
    Object.assign(first, { id: 'u2' });
    const second = await accounts.of({ ...PRINCIPAL, permissions: [] });
    expect(second).toMatchObject({
      id: 'u1',
      createdAt: new Date(0),
      roles: ['editor'],
      permissions: [],
    });
    expect(reads.count).toBe(1);
  });

  it.each<[string, Schema]>([
    ['is no column', {}],
    ['is computed', { columns: [{ ...column, isVirtualProperty: true }] }],
    ['is related', { columns: [{ ...column, relationMetadata: {} }] }],
    ['is transformed', { columns: [{ ...column, transformer: {} }] }],
    ['comes after loading', { columns: [column], afterLoadListeners: [{}] }],
    ['comes from a subscriber', { columns: [column], subscribers: [{ afterLoad: () => 0 }] }],
  ])('are read each time where a field of the host %s', async (_, schema) => {
    const { accounts, reads } = withSchema(schema);
    await accounts.of(PRINCIPAL);
    await accounts.of(PRINCIPAL);
    expect(reads.count).toBe(2);
  });
});
