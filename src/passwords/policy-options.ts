import { PRODUCT_NAME } from '../common/product-name.js';
import type { AppConfig } from '../platform/config/app-config.js';
import type { PolicyOptions } from './password-policy.js';

/** What the password policy asks for on this site, at every door alike. */
export function policyOptions({ passwordMinLength, publicUrl }: AppConfig): PolicyOptions {
  const { hostname } = new URL(publicUrl);
  return {
    minLength: passwordMinLength,
    siteWords: [PRODUCT_NAME, hostname, ...hostname.split(/[.-]/)],
  };
}
