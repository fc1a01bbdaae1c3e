import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type AuditSubject, AuditService, userSubject } from '../audit/audit.service.js';
import { LoginService } from '../auth/login.service.js';
import { AppError } from '../common/app-error.js';
import type { CallingActor } from '../common/current-actor.decorator.js';
import type { ProviderAnswer } from '../federation/code-flow.js';
import {
  type BegunFederation,
  FederationService,
  type ProvenIdentity,
} from '../federation/federation.service.js';
import type { IdentityClaims } from '../federation/identity-claims.js';
import { Metrics } from '../metrics/metrics.service.js';
import type { Session } from '../sessions/session.entity.js';
import type { User } from '../users/user.entity.js';
import { FederatedAccountsService } from './federated-accounts.service.js';
import { FederatedConfirmationService } from './federated-confirmation.service.js';

const NOBODY: AuditSubject = { type: 'user', id: 'unknown' };

/** Signing in with a provider: it ends where every sign-in ends, in `LoginService.complete`. */
@Injectable()
export class FederatedSignInService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly federation: FederationService,
    private readonly accounts: FederatedAccountsService,
    private readonly confirmations: FederatedConfirmationService,
    private readonly logins: LoginService,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /** Throws as `FederationService.begin`. */
  async begin(
    actor: CallingActor,
    provider: string,
    redirectUri: string,
    next?: string,
  ): Promise<BegunFederation> {
    return this.federation.begin(actor, provider, { purpose: 'sign_in', redirectUri, next });
  }

  /** Throws as `FederationService.finish` and `signIn`. */
  async complete(
    actor: CallingActor,
    provider: string,
    handle: string,
    answer: ProviderAnswer,
    emailToken?: string,
  ): Promise<{ user: User; session: Session }> {
    const proven = await this.told(actor, provider, () =>
      this.federation.finish(provider, handle, answer, ['sign_in']),
    );
    return this.signIn(actor, proven, emailToken);
  }

  /**
   * Opens a session for an identity that was proven. Throws `AppError` as `FederatedAccountsService.accountOf`, and
   * 401 `invalid_credentials` for an account that is inactive.
   * @param emailToken of a link that proves the address of the account
   * @returns also whether that link was used
   */
  async signIn(
    actor: CallingActor,
    proven: ProvenIdentity,
    emailToken?: string,
  ): Promise<{ user: User; session: Session; hasConfirmed: boolean }> {
    const hasConfirmed =
      emailToken !== undefined && (await this.confirmations.confirm(actor, proven, emailToken));
    const user = await this.told(actor, proven.provider.name, () =>
      this.accounts.accountOf(actor, proven),
    );
    const opened = await this.logins.complete(actor, { user, amr: methodsOf(proven.claims) });
    return { ...opened, hasConfirmed };
  }

  /**
   * Has a failure counted and told in the audit trail, with its reason (ASVS 16.3.1).
   * @param provider as the request names it: what is no provider is not told
   */
  async told<T>(actor: CallingActor, provider: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const reason = error instanceof AppError ? error.code : 'error';
      this.metrics.count('gatehouse_sign_ins_total', { result: reason });
      if (error instanceof AppError && reason !== 'not_found') {
        const subject = actor.principal ? userSubject(actor.principal.userId) : NOBODY;
        await this.audit.record(this.dataSource.manager, 'user.sign_in_failed', actor, subject, {
          reason,
          changes: { provider: { old: null, new: provider } },
        });
      }
      throw error;
    }
  }
}

/**
 * `fed`, as Microsoft calls it, for who was believed to a provider, as RFC 8176 knows no word for it; what the
 * provider says that it has seen comes with that mark, so that no rule of ours takes it for a proof of ours.
 */
export function methodsOf({ amr }: IdentityClaims): string[] {
  return ['fed', ...amr.map((method) => `fed:${method}`)];
}
