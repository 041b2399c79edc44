import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type EntityTarget,
} from 'typeorm';
import type { Version } from '../../../../examples/nuget/edits';
import { PartOf, RowVersion } from '../../../../lib/index';

/** The entities of the example, whose database holds a second latest version back. */
export interface GuardedEntities {
  readonly Registration: EntityTarget<GuardedRegistration> & Function;
  readonly Package: EntityTarget<GuardedPackage> & Function;
}

interface GuardedRegistration {
  id: number;
  packages?: GuardedPackage[];
  rowVersion: number;
}

interface GuardedPackage extends Version {
  registrationId: number;
}

/** A unique index of those rows only that have the flag. MySQL and MariaDB have none. */
export const partialIndex = (): GuardedEntities =>
  entitiesWith(Index('one_latest', ['registrationId'], { unique: true, where: 'is_latest' }));

/** A unique column that is null in all rows that do not have the flag. */
export const generatedColumn = (): GuardedEntities =>
  entitiesWith(({ prototype }: Function) =>
    Column({
      name: 'latest_slot',
      type: 'int',
      nullable: true,
      unique: true,
      asExpression: 'CASE WHEN is_latest THEN registration_id END',
      generatedType: 'STORED',
    })(prototype as object, 'latestSlot'),
  );

/** Makes the classes anew, because decorators write their metadata to the class. */
function entitiesWith(backstop: (target: Function) => void): GuardedEntities {
  @Entity('package_registrations')
  class Registration {
    @PrimaryColumn({ type: 'int' })
    id: number;

    @OneToMany(() => Package, (one) => one.registration)
    packages?: Package[];

    @RowVersion()
    rowVersion: number;
  }

  @Entity('packages')
  class Package implements GuardedPackage {
    @PrimaryColumn({ name: 'registration_id', type: 'int' })
    registrationId: number;

    @PrimaryColumn({ name: 'version_sort', type: 'int' })
    versionSort: number;

    @Column({ type: 'boolean' })
    listed: boolean;

    @Column({ name: 'is_latest', type: 'boolean' })
    isLatest: boolean;

    @PartOf()
    @ManyToOne(() => Registration, (registration) => registration.packages)
    @JoinColumn({ name: 'registration_id' })
    registration?: Registration;
  }

  backstop(Package);
  return { Registration, Package };
}
