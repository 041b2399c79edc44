import type { Mail } from '../../../examples/patchwork/mail';
import { seededRandom } from '../harness/random';

/** Those who have sent mails before. */
export const regulars = Array.from({ length: 20 }, (_, index) => `regular-${index}`);

export const addressOf = (author: string): string => `${author}@example.org`;

/** The mails of so many threads, in the order of their numbers; always the same ones. */
export function makeThreads(count: number): Mail[] {
  const random = seededRandom(20_260_601);
  return Array.from({ length: count }, (_, thread) => makeThread(thread, random)).flat();
}

function makeThread(thread: number, random: () => number): Mail[] {
  const total = 1 + Math.floor(5 * random());
  // Half of them, whatever chance says.
  const first = thread % 2 === 0 ? 0 : 1;
  const author = random() < 0.3 ? `new-${thread}` : pick(regulars, random);
  const msgidOf = (number: number) => `${thread}-${number}@lists.example.org`;
  const numbers = Array.from({ length: total + 1 - first }, (_, index) => first + index);
  const mails = numbers.map((number) => ({
    projectId: 1,
    msgid: msgidOf(number),
    threadRoot: msgidOf(first),
    number,
    total,
    subject: `[PATCH ${number}/${total}] thread ${thread}`,
    senderAddress: inRandomCase(addressOf(author), random),
    // Now and then people write from another machine.
    senderName: random() < 0.2 ? `${author}, travelling` : author,
  }));
  return mails.flatMap((mail) => (random() < 0.05 ? [mail, mail] : [mail]));
}

const inRandomCase = (text: string, random: () => number): string =>
  text.replaceAll(/[a-z]/g, (letter) => (random() < 0.5 ? letter.toUpperCase() : letter));

function pick<T>(values: readonly T[], random: () => number): T {
  // The index is always one of the values.
  return values[Math.floor(random() * values.length)] as T;
}
