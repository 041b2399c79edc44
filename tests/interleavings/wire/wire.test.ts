import { entities } from '../entities';
import { onEachDatabase } from '../../setup/on-each-database';
import { hasInterleavings } from '../settings';
import { openLanes, type Lane, type Lanes } from '../stepper/lane';
import { stepThrough } from '../stepper/step-through';

onEachDatabase(
  'the gate before a server',
  entities,
  (database) => {
    let lanes: Lanes;
    beforeAll(async () => {
      lanes = await openLanes(database, 1);
    });

    /** What goes to and fro, statement by statement. */
    const tell = async (work: (lane: Lane) => Promise<unknown>) => {
      const { steps } = await stepThrough(lanes, [work], ([first]) => first!);
      return steps.map(({ exchange: { sent, received } }) => [
        lanes.wire.statementOf(Buffer.concat(sent)),
        lanes.wire.replyOf(Buffer.concat(received)),
      ]);
    };

    it('tells the statements, their rows and their counts, and lets a BEGIN pass', async () => {
      const told = await tell(({ source }) =>
        source.transaction('READ COMMITTED', async (manager) => {
          await manager.query("SELECT 'a' AS a, NULL AS b UNION SELECT 'c', 'd' ORDER BY 1");
          await manager.query('UPDATE cell SET amount = 0 WHERE id < 0');
        }),
      );

      const isPostgres = database.engine === 'postgres';
      expect(told).toEqual([
        [expect.stringContaining('UNION'), '(a, NULL) (c, d) SELECT 2'],
        [expect.stringContaining('UPDATE cell'), isPostgres ? 'UPDATE 0' : 'OK 0'],
        ['COMMIT', isPostgres ? 'COMMIT' : 'OK 0'],
      ]);
    });

    it('tells parameters and errors', async () => {
      const parameter = database.engine === 'postgres' ? '$1::int' : '?';

      const told = await tell(({ source }) =>
        source.query(`SELECT ${parameter} FROM nowhere`, [7]).catch(() => undefined),
      );

      expect(told).toEqual([
        [expect.stringContaining('7'), expect.stringMatching(/^ERROR (42P01|1146): .*nowhere/)],
      ]);
    });
  },
  hasInterleavings,
);
