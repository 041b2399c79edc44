import {
  ChildEntity,
  Column,
  CreateDateColumn,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
  UpdateDateColumn,
  type Relation,
} from 'typeorm';

import { RowVersion } from '../../lib/index';

class Place {
  @Column({ type: 'int', nullable: true })
  lat?: number | null;
}

export class Address {
  @Column({ type: 'varchar', length: 50, nullable: true })
  street?: string | null;

  @Column(() => Place)
  place?: Place | null;
}

/** One table for three classes; a self reference; the inverse side of a one-to-one. */
@Entity()
@TableInheritance({ column: { name: 'kind', type: 'varchar', length: 20 } })
export class Person {
  @PrimaryGeneratedColumn()
  id: number;

  /** Rows of one case belong together; a label tells them apart where keys are generated. */
  @Column({ name: 'case_id', type: 'int' })
  caseId: number;

  @Column({ type: 'varchar', length: 20 })
  label: string;

  @Column({ type: 'varchar', length: 50, default: 'nobody' })
  name?: string | null;

  @Column(() => Address)
  address?: Address | null;

  @ManyToOne(() => Person, { nullable: true })
  mentor?: Relation<Person> | null;

  @OneToOne(() => Profile, (profile) => profile.person, { cascade: ['insert', 'update'] })
  profile?: Relation<Profile> | null;

  @CreateDateColumn({ precision: 3 })
  created: Date;

  @UpdateDateColumn({ precision: 3 })
  updated: Date;

  @RowVersion()
  version: number;
}

@ChildEntity()
export class Writer extends Person {
  @Column({ type: 'varchar', length: 50, nullable: true })
  pseudonym?: string | null;
}

@ChildEntity()
export class Editor extends Person {
  @Column({ type: 'int', nullable: true })
  level?: number | null;
}

/** The owning side of a one-to-one; a key that is made where it is inserted. */
@Entity()
export class Profile {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ name: 'case_id', type: 'int' })
  caseId: number;

  @Column({ type: 'varchar', length: 20 })
  label: string;

  @Column({ type: 'simple-json', nullable: true })
  data?: unknown;

  @OneToOne(() => Person, (person) => person.profile, { nullable: true })
  @JoinColumn()
  person?: Relation<Person> | null;

  @RowVersion()
  version: number;
}

const cents = {
  to: (value: number | null) => (value === null ? null : Math.round(value * 100)),
  from: (value: number | null) => (value === null ? null : value / 100),
};

/** A key of two columns that the client gives, a column of each kind, a relation of each kind. */
@Entity()
export class Article {
  @PrimaryColumn({ name: 'case_id', type: 'int' })
  caseId: number;

  @PrimaryColumn({ type: 'varchar', length: 20 })
  label: string;

  @Column({ type: 'varchar', length: 50, nullable: true })
  title?: string | null;

  @Column({ type: 'int', nullable: true, transformer: cents })
  price?: number | null;

  @Column({ type: 'json', nullable: true })
  meta?: unknown;

  @Column({ type: 'simple-array', nullable: true })
  words?: string[] | null;

  @Column({ type: Date, precision: 3, nullable: true })
  published?: Date | null;

  @Column({ type: 'enum', enum: ['draft', 'live'], default: 'draft' })
  state?: 'draft' | 'live';

  @Column({ type: 'bigint', nullable: true })
  views?: string | null;

  @Column({ type: 'boolean', default: false })
  hot?: boolean;

  @ManyToOne(() => Person, { nullable: true, cascade: ['insert'] })
  author?: Relation<Person> | null;

  @OneToMany(() => Comment, (comment) => comment.article, { cascade: true })
  comments?: Relation<Comment>[] | null;

  @OneToMany(() => Note, (note) => note.article, { cascade: ['insert'] })
  notes?: Relation<Note>[] | null;

  @ManyToMany(() => Topic, (topic) => topic.articles, { cascade: ['insert'] })
  @JoinTable({ name: 'article_topic' })
  topics?: Relation<Topic>[] | null;

  @RowVersion()
  version: number;
}

/** Without a row version, and worth nothing without its article. */
@Entity()
export class Comment {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ name: 'case_id', type: 'int' })
  caseId: number;

  @Column({ type: 'varchar', length: 20 })
  label: string;

  @Column({ type: 'text', nullable: true })
  text?: string | null;

  @ManyToOne(() => Article, (article) => article.comments, { orphanedRowAction: 'delete' })
  article?: Relation<Article> | null;
}

/** Lives on without its article. */
@Entity()
export class Note {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ name: 'case_id', type: 'int' })
  caseId: number;

  @Column({ type: 'varchar', length: 20 })
  label: string;

  @Column({ type: 'text', nullable: true })
  text?: string | null;

  @ManyToOne(() => Article, (article) => article.notes, { nullable: true })
  article?: Relation<Article> | null;

  @RowVersion()
  version: number;
}

/** The other side of a many-to-many, and a tree of its own. */
@Entity()
@RowVersion()
export class Topic {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ name: 'case_id', type: 'int' })
  caseId: number;

  @Column({ type: 'varchar', length: 20 })
  label: string;

  @Column({ type: 'varchar', length: 50, nullable: true })
  name?: string | null;

  @ManyToOne(() => Topic, (topic) => topic.children, { nullable: true })
  parent?: Relation<Topic> | null;

  @OneToMany(() => Topic, (topic) => topic.parent)
  children?: Relation<Topic>[] | null;

  @ManyToMany(() => Article, (article) => article.topics)
  articles?: Relation<Article>[] | null;
}

export const entities = [Person, Writer, Editor, Profile, Article, Comment, Note, Topic];
