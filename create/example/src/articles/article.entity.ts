import { User } from 'gatehouse';
import {
  Column,
  CreateDateColumn,
  Entity,
  Index,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';

/** Something to read. A draft until it is published. */
@Entity('articles')
export class Article {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('varchar', { length: 200 })
  title!: string;

  @Column('text')
  body!: string;

  @Column('boolean', { default: false })
  isPublished!: boolean;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: false })
  author!: Relation<User>;

  @Index()
  @Column('uuid')
  authorId!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
