import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';
import { PartOf, RowVersion } from '../../lib/index';

/** A package, whose row version guards the set of its resources as well. */
@Entity('package_revisions')
export class PackageRevision {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'varchar', length: 20, default: 'Draft' })
  lifecycle: string;

  /** Derived from the Kptfile that is stored. */
  @Column({ name: 'kptfile_status', type: 'varchar', length: 200, default: '{}' })
  kptfileStatus: string;

  /** Who wrote the resources that are stored. */
  @Column({ name: 'content_tag', type: 'varchar', length: 40, nullable: true })
  contentTag: string | null;

  @OneToMany(() => Resource, (resource) => resource.revision)
  resources?: Resource[];

  @RowVersion()
  rowVersion: number;
}

/** One file of a package; they are replaced together. */
@Entity('resources')
export class Resource {
  @PrimaryColumn({ name: 'pr_id', type: 'int' })
  revisionId: number;

  @PrimaryColumn({ name: 'resource_key', type: 'varchar', length: 190 })
  resourceKey: string;

  @Column({ name: 'resource_value', type: 'text' })
  resourceValue: string;

  @Column({ name: 'writer_tag', type: 'varchar', length: 40, nullable: true })
  writerTag: string | null;

  @PartOf()
  @ManyToOne(() => PackageRevision, (revision) => revision.resources)
  @JoinColumn({ name: 'pr_id' })
  revision?: PackageRevision;
}

export const entities = [PackageRevision, Resource];
