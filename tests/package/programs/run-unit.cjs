'use strict';

/** Changes one row in a unit of work; a decorated class as tsc would emit it. */
module.exports = async function runUnit(typeorm, library) {
  class Account {}
  typeorm.PrimaryColumn('int')(Account.prototype, 'id');
  typeorm.Column('int')(Account.prototype, 'balance');
  library.RowVersion()(Account.prototype, 'version');
  typeorm.Entity()(Account);

  const source = await new typeorm.DataSource({
    ...JSON.parse(process.env.DATABASE_OPTIONS),
    entities: [Account],
    synchronize: true,
    dropSchema: true,
  }).initialize();
  try {
    await source.getRepository(Account).insert({ id: 7, balance: 100 });
    await library.unitOfWork(source, async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id: 7 });
      account.balance -= 10;
    });
    const { balance, version } = await source.getRepository(Account).findOneByOrFail({ id: 7 });
    return { balance, version };
  } finally {
    await source.destroy();
  }
};
