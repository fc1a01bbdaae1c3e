import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MIN_BYTES = 32;
const MIN_DISTINCT_CHARACTERS = 10;
const PLACEHOLDER =
  /change.?(me|this|it)|replace.?(me|this)|your.?secret|example|placeholder|insert.?here/i;

/** Says what is wrong with an `APP_SECRET`, or nothing. ASVS 11.5.1, 13.2.3. @param name the variable */
export function weaknessOf(secret: string, name = 'APP_SECRET'): string | undefined {
  if (Buffer.byteLength(secret) < MIN_BYTES) {
    return `${name} is too short: it needs at least ${MIN_BYTES} bytes. Make one with: openssl rand -base64 32`;
  }
  if (PLACEHOLDER.test(secret) || new Set(secret).size < MIN_DISTINCT_CHARACTERS) {
    return `${name} is guessable. Make one with: openssl rand -base64 32`;
  }
  return undefined;
}

/**
 * Reads `APP_SECRET_PREVIOUS`: one secret, or several with commas between. A secret may hold a comma itself, so
 * the whole text is one of them as well; what is not the right one opens nothing.
 */
export function previousSecrets(text: string | undefined): string[] {
  if (!text) return [];
  const parts = text.split(',').map((part) => part.trim());
  const areSecrets = parts.every((part) => weaknessOf(part) === undefined);
  return [...new Set(areSecrets ? [...parts, text] : [text])];
}

/** The secret of a development checkout: made once, kept under `DATA_DIR`, readable by its owner only. */
export function developmentSecret(dataDir: string): string {
  const file = join(dataDir, 'app-secret');
  const existing = read(file);
  if (existing) return existing;
  if (mkdirSync(dataDir, { recursive: true })) {
    // The embedded database may run as another user, who has to pass through but not to look around.
    chmodSync(dataDir, 0o711);
  }
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    // A link is made whole or not at all, and of two starts only one makes it.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
