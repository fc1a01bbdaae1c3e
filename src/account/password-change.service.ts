import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import { placeOfAccount } from '../passwords/hash-place.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PasswordProof } from '../passwords/password-proof.js';
import { hasPassword } from '../users/unusable-password.js';
import { PasswordSettingService } from './password-setting.service.js';

/** Changing one's own password. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly proof: PasswordProof,
    private readonly setting: PasswordSettingService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Every other session ends, this one stays (ASVS 7.4.3). Throws `AppError` 422 naming
   * `currentPassword` or `newPassword`, 409 `conflict`, also when the account has no password here, 503.
   */
  async changePassword(
    actor: SignedInActor,
    currentPassword: string,
    newPassword: string,
  ): Promise<void> {
    const { sessionId } = actor.principal;
    const { user: proven } = await this.proof.provePassword(actor, currentPassword);
    if (!hasPassword(proven)) {
      throw new AppError('conflict', {
        detail: 'The password of this account is kept elsewhere. Change it there.',
      });
    }
    const findings = await this.setting.check(proven, newPassword, 'newPassword');
    if (findings.length > 0) throw AppError.validation(findings);
    const hash = await this.passwords.hash(newPassword, placeOfAccount(actor, proven.id));
    await this.dataSource.transaction(async (tx) => {
      const user = await this.proof.lockProvenUser(tx, proven);
      await this.sessions.keepSession(tx, sessionId);
      await this.setting.storePassword(tx, actor, user, hash);
    });
  }
}
