import { CurrentPassword } from '../passwords/current-password.decorator.js';

/** Proof that it is the owner who deletes the account. */
export class DeleteMeDto {
  @CurrentPassword()
  currentPassword!: string;
}
