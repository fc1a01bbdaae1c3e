import type { EntityManager } from 'typeorm';
import type { AccountEvent, AccountEventName, AccountFailureName } from './account-event.js';

const ON_ACCOUNT = 'gatehouse:on-account';

/** When a hook runs. */
export interface OnAccountOptions {
  /**
   * `commit`: the hook runs as a job after the transaction of the act, in a transaction of its own. It runs once, also
   * when a process is killed. It is tried again when it throws, up to 25 times with growing pauses.
   * Left out: it runs in the transaction of the act.
   */
  after?: 'commit';
}

/** What a method states by `@OnAccount()`. */
export interface AccountHookDefinition {
  names: readonly string[];
  isAfterCommit: boolean;
}

type AccountHook<Name extends AccountEventName> = (
  event: AccountEvent<Name>,
  tx: EntityManager,
) => void | Promise<void>;

type AccountHookDecorator<Name extends AccountEventName> = <Hook extends AccountHook<Name>>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Hook>,
) => void;

/**
 * Calls a method of a provider or controller whenever something happens to an account, through whichever door: API,
 * pages, providers, administration, command line, jobs. The method gets the event and an `EntityManager`.
 *
 * In the transaction of the act, everything that the method writes by that manager is committed or undone with the
 * act. An error undoes the act; an `AppError` reaches the caller as it is. After the commit, see `OnAccountOptions`.
 * The start stops at unknown names.
 *
 * @example
 * ```ts
 * @OnAccount('registered')
 * async openWallet({ account }: AccountEvent, tx: EntityManager) {
 *   await tx.insert(Wallet, { ownerId: account.id });
 * }
 *
 * @OnAccount(['deactivated', 'deleted'], { after: 'commit' })
 * async leaveForum({ account }: AccountEvent) { … }
 * ```
 */
export function OnAccount<Name extends AccountEventName>(
  names: Name | readonly Name[],
  options: OnAccountOptions & { after: 'commit' },
): AccountHookDecorator<Name>;
export function OnAccount<Name extends Exclude<AccountEventName, AccountFailureName>>(
  names: Name | readonly Name[],
  options?: OnAccountOptions,
): AccountHookDecorator<Name>;
export function OnAccount<Name extends AccountEventName>(
  names: Name | readonly Name[],
  { after }: OnAccountOptions = {},
): AccountHookDecorator<Name> {
  return (_target, _method, { value }) => {
    const stated: AccountHookDefinition = {
      names: [names].flat(),
      isAfterCommit: after === 'commit',
    };
    Reflect.defineMetadata(ON_ACCOUNT, [...accountHooksOf(value!), stated], value!);
  };
}

/** What a method states by `@OnAccount()`, which may stand on it more than once. */
export function accountHooksOf(method: object): readonly AccountHookDefinition[] {
  return (Reflect.getMetadata(ON_ACCOUNT, method) as AccountHookDefinition[] | undefined) ?? [];
}
