/** The state of this instance. */
export class HealthDto {
  /** @example ok */
  status!: 'ok';
}

/** The state of an instance that can do its work. */
export class ReadinessDto extends HealthDto {
  /**
   * `live`: guarded requests are answered from memory, and changes arrive. `down`: changes do not arrive, so that every
   * request reads the database. It is slower and just as safe; the log has the reason.
   * @example live
   */
  changeFeed!: 'live' | 'down';
}
