import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** That a job's work was committed: when it comes again, after a crash, there is nothing left to do. */
@Entity('finished_jobs')
export class FinishedJob {
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'finished_jobs_pkey' })
  jobId!: string;

  @Index('finished_jobs_time_idx')
  @Column('timestamptz')
  finishedAt!: Date;
}
