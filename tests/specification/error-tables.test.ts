import { chooseVariants } from '../setup/database/matrix';
import { mysqlLines, postgresLines, provokedOf, type Evidence } from '../support/errors/lines';
import { openPlace, type ErringEngine, type Place } from '../support/errors/place';
import type { Provocation } from '../support/errors/provocation';
import { onMariaDb } from '../support/errors/provoke-on-maria-db';
import { onPostgres } from '../support/errors/provoke-on-postgres';

interface Said {
  readonly lines: Readonly<Record<string, Evidence>>;
  readonly provocations: Readonly<Record<string, Provocation>>;
  /** What drivers say by themselves stands in no table. */
  readonly ofDriver: readonly string[];
}

const said: Readonly<Record<ErringEngine, Said>> = {
  postgres: { lines: postgresLines, provocations: onPostgres, ofDriver: [] },
  mariadb: {
    lines: mysqlLines,
    provocations: onMariaDb,
    ofDriver: ['PROTOCOL_CONNECTION_LOST'],
  },
};

const engines = chooseVariants()
  .map(({ name }) => name)
  .filter((name): name is ErringEngine => name in said);

describe.each(engines)('%s: an error that the server says', (engine) => {
  const { lines, provocations, ofDriver } = said[engine];
  let place: Place | undefined;
  beforeAll(async () => {
    place = await openPlace(engine);
  }, 60_000);
  afterAll(() => place?.close(), 60_000);

  it('is provoked for every line of the table that is told to be, and for no other', () => {
    expect(Object.keys(provocations).toSorted()).toEqual(
      [...provokedOf(lines), ...ofDriver].toSorted(),
    );
  });

  it.each(Object.entries(provocations))('ends as the table says: %s', async (code, provocation) => {
    const answer = await provocation.meet(place!);

    expect(answer).toEqual({ code, ...provocation.expected });
  });

  afterAll(() => {
    const [provoked, all] = [provokedOf(lines).length, Object.keys(lines).length];
    process.stdout.write(
      `error tables on ${engine}: ${all} lines, ${provoked} provoked, ${all - provoked} documented\n`,
    );
  });
});
