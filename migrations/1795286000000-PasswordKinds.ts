import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How a password hash was made, without its salt and digest. The index answers which kinds are in use by a
 * few steps from one to the next, however many accounts there are.
 */
export class PasswordKinds1795286000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION password_hash_kind(encoded text) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN CASE
        WHEN encoded LIKE 'scrypt$%' THEN
          substring(encoded FROM '^(scrypt\\$[^$]*)\\$')
          || substring(encoded FROM '^scrypt\\$[^$]*\\$[^$]*(\\$[^$]*\\$[^$]*)\\$[^$]*$')
        WHEN encoded LIKE 'bcrypt%' THEN
          substring(encoded FROM '^(bcrypt[^$]*\\$\\$[^$]*\\$[^$]*)\\$[^$]*$')
        ELSE
          substring(encoded FROM '^(pbkdf2_[^$]*\\$[^$]*|argon2\\$.*)\\$[^$]*\\$[^$]*$')
      END`);
    await db.query(
      `CREATE INDEX "users_password_kind_idx" ON "users" (password_hash_kind("password_hash"))
       WHERE password_hash_kind("password_hash") IS NOT NULL`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX "users_password_kind_idx"`);
    await db.query(`DROP FUNCTION password_hash_kind(text)`);
  }
}
