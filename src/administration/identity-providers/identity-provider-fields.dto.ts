import { ProviderName, ProviderText } from '../../federation/provider-fields.decorators.js';
import { Flag } from '../../users/user-fields.decorators.js';

/** What can be said of a provider; what is left out is as it was, or as its name suggests. */
export class ChangeIdentityProviderDto {
  @ProviderText({ required: false }, 100, 'Google')
  label?: string;

  /** Its metadata is read before anything is saved. */
  @ProviderText({ required: false }, 500, 'https://accounts.google.com')
  issuer?: string;

  @ProviderText({ required: false }, 255, '1234567890.apps.googleusercontent.com')
  clientId?: string;

  /** Kept encrypted, and never shown. */
  @ProviderText({ required: false }, 2048, 'GOCSPX-0123456789abcdef')
  clientSecret?: string;

  @ProviderText({ required: false }, 500, 'openid email profile')
  scopes?: string;

  /** Whether an address that it has verified leads to an existing account without asking: for superusers to say. */
  @Flag()
  trustsEmail?: boolean;
}

/** A provider to be added. */
export class CreateIdentityProviderDto extends ChangeIdentityProviderDto {
  @ProviderName()
  name!: string;

  @ProviderText({ required: true }, 255, '1234567890.apps.googleusercontent.com')
  declare clientId: string;

  /** Kept encrypted, and never shown. */
  @ProviderText({ required: true }, 2048, 'GOCSPX-0123456789abcdef')
  declare clientSecret: string;
}
