/** The state of this instance. */
export class HealthDto {
  /** @example ok */
  status!: 'ok';
}
