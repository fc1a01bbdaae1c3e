import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A mail on its way. What was handed over to the mail server is deleted; what finally failed stays, with
 * the reason; without a mail server everything stays, for the mailbox page.
 */
@Entity('mails')
export class QueuedEmail {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'mails_pkey' })
  id!: string;

  /** The Message-ID, the same at every attempt (RFC 5322 section 3.6.4). */
  @Column('varchar', { length: 255 })
  messageId!: string;

  @Column('varchar', { length: 60 })
  template!: string;

  /** Recipient and data, among them links that work once: sealed under `APP_SECRET`. */
  @Column('text')
  sealedContent!: string;

  @Index('mails_created_idx')
  @Column('timestamptz')
  createdAt!: Date;

  /** From when on it is tried; later than `createdAt` when somebody had it tried again. */
  @Column('timestamptz')
  queuedAt!: Date;

  @Column('integer', { default: 0 })
  attempts!: number;

  /** What the latest attempt ran into. */
  @Column('varchar', { length: 500, nullable: true })
  lastError!: string | null;

  /** When it was given up. */
  @Column('timestamptz', { nullable: true })
  failedAt!: Date | null;

  /** When it was put into the mailbox page. */
  @Column('timestamptz', { nullable: true })
  deliveredAt!: Date | null;
}
