import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { SignedInActor } from '../common/current-actor.decorator.js';
import { PermissionsService } from '../permissions/permissions.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { UserChangeService } from './user-change.service.js';
import { UserDeletionService } from './user-deletion.service.js';
import { UserPasswordResetService } from './user-password-reset.service.js';
import { UserSessionsService } from './user-sessions.service.js';

/** What can be done to several accounts in one go. */
export const USER_ACTIONS = [
  'activate',
  'deactivate',
  'end-sessions',
  'reset-password',
  'delete',
] as const;

export type UserAction = (typeof USER_ACTIONS)[number];

/** An account before an action, and whether the action works. */
export interface ActionOutcome {
  id: string;
  username: string;
  email: string;
  isActive: boolean;
  /** How many sessions are alive. */
  sessions: number;
  roles: string[];
  /** Why it does not work; undefined when it does. */
  obstacle: string | undefined;
}

/** Tells the transaction of a preview to undo what it has tried. */
class Undo extends Error {}

/** Doing one thing to several accounts, each on its own: what does not work for one stops no other. */
@Injectable()
export class UserActionsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly permissions: PermissionsService,
    private readonly sessions: SessionsService,
    private readonly changes: UserChangeService,
    private readonly endings: UserSessionsService,
    private readonly resets: UserPasswordResetService,
    private readonly deletions: UserDeletionService,
  ) {}

  /** What would happen: the action is tried and undone. Accounts that are gone are left out. */
  async preview(actor: SignedInActor, action: UserAction, ids: string[]): Promise<ActionOutcome[]> {
    return this.each(ids, (id) => this.attempt(actor, action, id, true));
  }

  /** Does it. Accounts that are gone are left out. */
  async perform(actor: SignedInActor, action: UserAction, ids: string[]): Promise<ActionOutcome[]> {
    return this.each(ids, (id) => this.attempt(actor, action, id, false));
  }

  private async each(
    ids: string[],
    attempt: (id: string) => Promise<ActionOutcome | undefined>,
  ): Promise<ActionOutcome[]> {
    const outcomes: ActionOutcome[] = [];
    for (const id of new Set(ids)) {
      const outcome = await attempt(id);
      if (outcome) outcomes.push(outcome);
    }
    return outcomes;
  }

  private async attempt(
    actor: SignedInActor,
    action: UserAction,
    id: string,
    isTrial: boolean,
  ): Promise<ActionOutcome | undefined> {
    let outcome: ActionOutcome | undefined;
    try {
      await this.dataSource.transaction(async (tx) => {
        outcome = await this.describe(tx, id);
        if (!outcome) return;
        assertMeant(actor, action, outcome);
        await this.act(tx, actor, action, id);
        if (isTrial) throw new Undo();
      });
    } catch (error) {
      if (error instanceof Undo) return outcome;
      if (!outcome || !(error instanceof AppError) || error.status >= 500) throw error;
      return { ...outcome, obstacle: error.message };
    }
    return outcome;
  }

  private async describe(tx: EntityManager, id: string): Promise<ActionOutcome | undefined> {
    const user = await this.users.lock(tx, id);
    if (!user) return undefined;
    const { username, email, isActive } = user;
    const sessions = await this.sessions.countAlive(tx, id, new Date());
    const { roles } = await this.permissions.givenTo(tx, id);
    return { id, username, email, isActive, sessions, roles, obstacle: undefined };
  }

  private async act(
    tx: EntityManager,
    actor: SignedInActor,
    action: UserAction,
    id: string,
  ): Promise<void> {
    switch (action) {
      case 'activate':
        await this.changes.changeIn(tx, actor, id, { isActive: true });
        break;
      case 'deactivate':
        await this.changes.changeIn(tx, actor, id, { isActive: false });
        break;
      case 'end-sessions':
        await this.endings.endAllIn(tx, actor, id);
        break;
      case 'reset-password':
        await this.resets.startIn(tx, actor, id);
        break;
      case 'delete':
        await this.deletions.deleteIn(tx, actor, id);
        break;
    }
  }
}

/** Throws `AppError` 409 for what would change nothing, and for locking oneself out. */
function assertMeant(
  { principal }: SignedInActor,
  action: UserAction,
  { id, isActive }: ActionOutcome,
): void {
  if (action === 'activate' && isActive) refuse('It is active already.');
  if (action !== 'deactivate') return;
  if (!isActive) refuse('It is inactive already.');
  if (id === principal.userId) refuse('It is your own: you would lock yourself out.');
}

function refuse(detail: string): never {
  throw new AppError('conflict', { detail });
}
