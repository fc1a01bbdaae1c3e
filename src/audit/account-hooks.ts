import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { EntityManager } from 'typeorm';
import { OperatorError } from '../common/operator-error.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { JobsService } from '../platform/jobs/jobs.service.js';
import { type AccountEvent, FAILURES } from './account-event.js';
import { AUDIT_ACTIONS } from './audit-actions.js';
import { accountHooksOf } from './on-account.decorator.js';

const PREFIX = 'user.';
/** Of graphile-worker. */
const MAX_QUEUE_NAME = 128;
const NAMES = Object.keys(AUDIT_ACTIONS)
  .filter((action) => action.startsWith(PREFIX))
  .map((action) => action.slice(PREFIX.length));

interface Hook {
  /** Class and method, by which jobs name their hook. */
  name: string;
  isAfterCommit: boolean;
  run: (event: AccountEvent, tx: EntityManager) => unknown;
}

/** An event as a job carries it. A failure to sign in may be about no account. */
export type SentEvent = Omit<AccountEvent, 'account' | 'occurredAt'> & {
  account: AccountEvent['account'] | null;
  occurredAt: Date | string;
};

interface HookJob {
  hook: string;
  event: SentEvent;
}

/** Finds the methods with `@OnAccount()` in the whole application, and calls them. */
@Injectable()
export class AccountHooks implements OnModuleInit {
  private readonly byAction = new Map<string, Hook[]>();
  private readonly byName = new Map<string, Hook>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly jobs: JobsService,
    private readonly runner: JobRunner,
  ) {}

  /** Throws `OperatorError` for a hook of an unknown event, and for one that cannot be called exactly once. */
  onModuleInit(): void {
    const classes = new Map<string, object>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
      // The others have an instance as well, which stands for those that are made later.
      const { instance } = wrapper as { instance: unknown };
      if (typeof instance !== 'object' || instance === null) continue;
      const hooks = hooksOf(instance);
      if (hooks.length === 0) continue;
      const className = instance.constructor.name;
      // The same instance may be known by several names.
      if (classes.get(className) === instance) continue;
      if (!isStatic) refuse(hooks[0]!, `${className} is made anew for each request or consumer`);
      if (classes.has(className)) refuse(hooks[0]!, `there are two providers ${className}`);
      classes.set(className, instance);
      for (const hook of hooks) this.addHook(hook);
    }
    this.runner.handleJobOnce('account-event', (tx, job: HookJob) => this.runJob(tx, job));
  }

  /** Whether a hook follows an action of the audit trail. */
  follow(action: string): boolean {
    return this.byAction.has(action);
  }

  /**
   * Runs the hooks of an action in the transaction of the act, and adds a job for each one that runs afterwards. Throws
   * what a hook throws.
   */
  async runHooks(tx: EntityManager, action: string, event: SentEvent): Promise<void> {
    const hooks = this.byAction.get(action) ?? [];
    for (const hook of hooks) {
      if (!hook.isAfterCommit && isOfAccount(event)) await hook.run(event, tx);
    }
    for (const { name, isAfterCommit } of hooks) {
      if (!isAfterCommit) continue;
      // One at a time and in order for each hook: a slow one leaves room for other jobs.
      await this.jobs.addJob(
        tx,
        'account-event',
        { hook: name, event },
        { queue: name.slice(-MAX_QUEUE_NAME) },
      );
    }
  }

  private async runJob(tx: EntityManager, { hook: name, event }: HookJob): Promise<void> {
    const hook = this.byName.get(name);
    // Then the job is tried again, maybe by an instance with another version of the product.
    if (!hook) throw new Error(`There is no method ${name} with @OnAccount() after the commit.`);
    const received = { ...event, occurredAt: new Date(event.occurredAt) };
    if (isOfAccount(received)) await hook.run(received, tx);
  }

  private addHook(hook: StatedHook): void {
    for (const name of hook.names) {
      if (!NAMES.includes(name)) {
        refuse(hook, `"${name}" is no event of an account; there are ${NAMES.join(', ')}`);
      }
      if (!hook.isAfterCommit && FAILURES.some((failure) => failure === name)) {
        refuse(hook, `"${name}" can be followed with { after: 'commit' } only`);
      }
      const action = `${PREFIX}${name}`;
      this.byAction.set(action, [...(this.byAction.get(action) ?? []), hook]);
    }
    if (hook.isAfterCommit) this.byName.set(hook.name, hook);
  }
}

interface StatedHook extends Hook {
  names: readonly string[];
}

const scanner = new MetadataScanner();

/** The hooks among the methods of an instance. */
function hooksOf(instance: object): StatedHook[] {
  const methods = instance as Record<string, Hook['run']>;
  const prototype = Object.getPrototypeOf(instance) as object | null;
  return scanner.getAllMethodNames(prototype).flatMap((method) =>
    accountHooksOf(methods[method]!).map((stated) => ({
      ...stated,
      name: `${instance.constructor.name}.${method}`,
      run: (event, tx) => methods[method]!(event, tx),
    })),
  );
}

function isOfAccount(event: SentEvent): event is AccountEvent {
  return event.account !== null;
}

function refuse({ name }: StatedHook, reason: string): never {
  throw new OperatorError(`${name}() has @OnAccount(), but ${reason}.`);
}
