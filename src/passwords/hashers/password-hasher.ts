/** One stored format of passwords. The formats are Django's (`django.contrib.auth.hashers`), to the letter. */
export interface PasswordHasher {
  /** Whether a stored hash is of this format. */
  recognises(encoded: string): boolean;
  /** Whether a normalised password matches a hash of this format. */
  verify(password: string, encoded: string): Promise<boolean>;
}
