import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How much of a limit is used up. Times are milliseconds since 1970, by the clocks of the instances. */
@Entity('limit_counters')
export class LimitCounter {
  /** The limit, and a MAC of who or what is counted: no address or name can be read here. */
  @PrimaryColumn('varchar', { length: 255, primaryKeyConstraintName: 'limit_counters_pkey' })
  key!: string;

  @Column('integer', { default: 0 })
  points!: number;

  /** When it is all forgotten. A bigint, as text. */
  @Column('bigint')
  expire!: string;

  /** When the pause ends. */
  @Column('bigint', { default: 0 })
  pausedUntil!: string;

  /** The `expire` for which it was told that the limit is reached: once is enough. */
  @Column('bigint', { nullable: true })
  toldFor!: string | null;
}
