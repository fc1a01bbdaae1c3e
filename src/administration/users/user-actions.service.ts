import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../http/app-error.js';
import type { Actor, SignedInActor } from '../../http/current-actor.decorator.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { type ManagedUser, ManagedUsers } from './managed-users.js';
import { UserChangeService } from './user-change.service.js';
import { UserDeletionService } from './user-deletion.service.js';
import { UserPasswordResetService } from './user-password-reset.service.js';
import { UserSessionsService } from './user-sessions.service.js';

/** What can be done to one account, or to several in one go. */
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

/** Makes the transaction of a preview undo what it has tried. */
class Undo extends Error {}

/** Doing one thing to an account, or to several: each in a transaction of its own, so that one obstacle stops no other. */
@Injectable()
export class UserActionsService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly managed: ManagedUsers,
    private readonly sessions: SessionsService,
    private readonly changes: UserChangeService,
    private readonly endings: UserSessionsService,
    private readonly resets: UserPasswordResetService,
    private readonly deletions: UserDeletionService,
  ) {}

  /**
   * Does it to one account. Throws `AppError` 404, 403 for an account that can do more than the caller and
   * `recent_login_required`, and as the action does.
   */
  async performOn(actor: Actor, action: UserAction, id: string): Promise<void> {
    assertRecentFor(action, actor);
    await this.dataSource.transaction(async (tx) => {
      await this.act(tx, actor, action, await this.managed.lockManagedUser(tx, actor, id));
    });
  }

  /** Does it to each account. Accounts that are gone are left out. Throws `AppError` 403 `recent_login_required`. */
  async performOnEach(
    actor: SignedInActor,
    action: UserAction,
    ids: string[],
  ): Promise<ActionOutcome[]> {
    assertRecentFor(action, actor);
    return this.each(ids, (id) => this.attempt(actor, action, id, false));
  }

  /** What `performOnEach` would do: the action is tried and undone. */
  async previewOnEach(
    actor: SignedInActor,
    action: UserAction,
    ids: string[],
  ): Promise<ActionOutcome[]> {
    assertRecentFor(action, actor);
    return this.each(ids, (id) => this.attempt(actor, action, id, true));
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
        const managed = await this.managed.lockUserForAnswer(tx, id);
        if (!managed) return;
        outcome = await this.describe(tx, managed);
        assertMeant(actor, action, outcome);
        this.managed.assertMayManage(actor, managed);
        await this.act(tx, actor, action, managed);
        if (isTrial) throw new Undo();
      });
    } catch (error) {
      if (error instanceof Undo) return outcome;
      if (!outcome || !(error instanceof AppError) || error.status >= 500) throw error;
      return { ...outcome, obstacle: error.message };
    }
    return outcome;
  }

  private async describe(tx: EntityManager, { user, powers }: ManagedUser): Promise<ActionOutcome> {
    const { id, username, email, isActive } = user;
    const sessions = await this.sessions.countAlive(tx, id, new Date());
    return { id, username, email, isActive, sessions, roles: powers.roles, obstacle: undefined };
  }

  private async act(
    tx: EntityManager,
    actor: Actor,
    action: UserAction,
    managed: ManagedUser,
  ): Promise<void> {
    switch (action) {
      case 'activate':
        await this.changes.setActive(tx, actor, managed, true);
        break;
      case 'deactivate':
        await this.changes.setActive(tx, actor, managed, false);
        break;
      case 'end-sessions':
        await this.endings.endSessions(tx, actor, managed);
        break;
      case 'reset-password':
        await this.resets.sendLink(tx, actor, managed);
        break;
      case 'delete':
        await this.deletions.deleteUser(tx, actor, managed);
        break;
    }
  }
}

/** The acts check it too; here it is one answer for all accounts, instead of an obstacle for each. */
function assertRecentFor(action: UserAction, actor: Actor): void {
  if (action !== 'end-sessions') assertRecentLogin(actor);
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
