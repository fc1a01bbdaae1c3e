import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { AddressesService } from '../users/addresses.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService, NO_UNDO_LINKS } from './email-proof.service.js';

/** Proving the address of an account without an email, for an operator who vouches for it. */
@Injectable()
export class EmailVouchingService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly proof: EmailProofService,
  ) {}

  /**
   * Makes the address of an account its proven one. The password stays; every other way into the account ends, as
   * with any first proof. Throws `AppError` 404 when the account is gone, 409 `conflict` when it is inactive, has no
   * address, or another account has proven the address.
   * @returns false when the address was proven before
   */
  async vouchFor(actor: Actor, { id, email }: User): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      await this.addresses.lockAddress(tx, email);
      const user = await this.users.lockUser(tx, id);
      if (!user) throw new AppError('not_found');
      if (user.emailVerifiedAt) return false;
      refuseIf(!user.isActive, 'This account is inactive. Activate it first.');
      refuseIf(user.email === '', 'This account has no email address.');
      refuseIf(user.email !== email, 'The address of this account has just changed. Try again.');
      const owner = await this.addresses.findOwnerOf(email, tx);
      refuseIf(owner !== null, `The account ${owner?.username} has proven this address.`);
      await this.proof.prove(tx, actor, user, email, {
        by: 'proof_by_operator',
        kept: {
          passwordHash: user.passwordHash,
          identities: [],
          undoLinksBefore: NO_UNDO_LINKS,
        },
      });
      return true;
    });
  }
}

function refuseIf(isObstacle: boolean, detail: string): void {
  if (isObstacle) throw new AppError('conflict', { detail });
}
