/** A public key (RFC 7517, RFC 7518 section 6.2). */
export class JwkDto {
  /** @example EC */
  kty!: string;
  /** @example P-256 */
  crv!: string;
  x!: string;
  y!: string;
  kid!: string;
  /** @example ES256 */
  alg!: string;
  /** @example sig */
  use!: string;
}

/** A JSON Web Key Set (RFC 7517 section 5). */
export class JwksDto {
  keys!: JwkDto[];
}
