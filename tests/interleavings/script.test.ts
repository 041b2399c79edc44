import { printScript } from './script';
import type { Course } from './stepper/course';
import type { Wire } from './wire/wire';

const wire: Wire = {
  isHarmless: () => false,
  statementOf: String,
  replyOf: String,
};

const step = (unit: number, sent: string, received: string): Course['steps'][number] => ({
  unit,
  exchange: { sent: [Buffer.from(sent)], received: [Buffer.from(received)] },
});

describe('the script of an order', () => {
  it('has a column for each unit, a row for each step, and what each came to', () => {
    const course = {
      steps: [
        step(0, 'SELECT a AS b, c\n AS d FROM "cell"', '(1, 2) SELECT 1'),
        step(1, 'DELETE FROM cell', 'DELETE 1'),
        step(0, `UPDATE ${'word '.repeat(100)}[7]`, 'UPDATE 0'),
      ],
      lives: [
        { first: 0, last: 2, outcome: { error: new TypeError('lost') } },
        { first: 1, last: 1, outcome: { result: [3] } },
      ],
    };

    const lines = printScript(['increments', 'removes'], course, wire).split('\n');

    expect(lines.map((line) => line.split('|').map((cell) => cell.trim()))).toEqual([
      ['A increments', 'B removes'],
      ['SELECT … FROM cell → (1, 2) SELECT 1', ''],
      ['', 'DELETE FROM cell → DELETE 1'],
      [expect.stringMatching(/^UPDATE( word)+$/), ''],
      [expect.stringMatching(/^(word )+wor … d( word)+$/), ''],
      [expect.stringMatching(/^(word )+\[7\] →$/), ''],
      ['UPDATE 0', ''],
      ['! TypeError: lost', '= [3]'],
    ]);
  });
});
