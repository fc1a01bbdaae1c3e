import { CurrentPassword } from '../passwords/current-password.decorator.js';

/** Proof that it is the owner. */
export class CurrentPasswordDto {
  @CurrentPassword()
  currentPassword!: string;
}
