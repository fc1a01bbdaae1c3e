import type { AppConfig } from '../platform/config/app-config.js';
import type { PolicyOptions } from './password-policy.js';

/**
 * What the password policy asks for on this site, at every door alike.
 * @param name the name that visitors see, which is therefore among the first guesses at a password
 */
export function policyOptions(
  { passwordMinLength, publicUrl }: AppConfig,
  name: string,
): PolicyOptions {
  const { hostname } = new URL(publicUrl);
  return {
    minLength: passwordMinLength,
    siteWords: [name, ...name.trim().split(/\s+/), hostname, ...hostname.split(/[.-]/)],
  };
}
