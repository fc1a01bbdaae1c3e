import { Column, Entity, Index, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';
import { User } from './user.entity.js';

/**
 * What a search looks through of an account (see `searchedText`). Not a column of users, whose rows are written at
 * every sign-in.
 */
@Entity('user_search_texts')
// Of trigrams, which TypeORM cannot write.
@Index('users_search_idx', { synchronize: false })
export class UserSearchText {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'user_search_texts_pkey' })
  userId!: string;

  @Column({ type: 'text', collation: 'C' })
  text!: string;

  @OneToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'user_search_texts_user_id_fkey' })
  user?: User;
}
