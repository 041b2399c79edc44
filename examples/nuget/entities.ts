import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { PartOf, RowVersion } from '../../lib/index';

/** A name with all of its versions. Whoever adds, changes or removes one moves its row version. */
@Entity('package_registrations')
export class PackageRegistration {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 128, unique: true })
  name: string;

  @OneToMany(() => Package, (one) => one.registration)
  packages?: Package[];

  @RowVersion()
  rowVersion: number;
}

/** One version of a package. Of those that are listed, the newest is the latest: that one and no other. */
@Entity('packages')
export class Package {
  @PrimaryColumn({ name: 'registration_id', type: 'int' })
  registrationId: number;

  @PrimaryColumn({ name: 'version_sort', type: 'int' })
  versionSort: number;

  @Column({ type: 'boolean' })
  listed: boolean;

  @Column({ name: 'is_latest', type: 'boolean', default: false })
  isLatest: boolean;

  @PartOf()
  @ManyToOne(() => PackageRegistration, (registration) => registration.packages)
  @JoinColumn({ name: 'registration_id' })
  registration?: PackageRegistration;
}

export const entities = [PackageRegistration, Package];
