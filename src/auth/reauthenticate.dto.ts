import { CurrentPassword } from '../passwords/current-password.decorator.js';

/** Proof that it is still the same user. */
export class ReauthenticateDto {
  @CurrentPassword()
  password!: string;
}
