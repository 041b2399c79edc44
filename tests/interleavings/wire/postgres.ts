import { isBegin, type Wire } from './wire';

/** One message: a letter, a length that counts itself, and a body. */
interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** @see https://www.postgresql.org/docs/current/protocol-message-formats.html */
export const postgresWire: Wire = {
  isHarmless(sent) {
    // The first message of a connection has no letter, only a length.
    if (sent[0] === 0) return true;
    const messages = readMessages(sent);
    return messages[0]?.type === 'X' || isBegin(statementOf(messages));
  },
  statementOf: (sent) => statementOf(readMessages(sent)),
  replyOf: (received) => replyOf(readMessages(received)),
};

function readMessages(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    messages.push({ type: String.fromCharCode(bytes[at]!), body: bytes.subarray(at + 5, end) });
    if (end <= at) break;
    at = end;
  }
  return messages;
}

/** Query, or Parse and Bind. */
function statementOf(messages: readonly Message[]): string {
  const texts = messages.flatMap(({ type, body }) => {
    if (type === 'Q') return [readTexts(body)[0] ?? ''];
    if (type === 'P') return [readTexts(body)[1] ?? ''];
    if (type === 'B') return [`[${readParameters(body).join(', ')}]`];
    return [];
  });
  return texts.filter((text) => text !== '[]').join(' ');
}

/** Texts that end with a zero byte. */
const readTexts = (body: Buffer): string[] => body.toString('utf8').split('\0');

function readParameters(body: Buffer): string[] {
  let at = body.indexOf(0) + 1;
  at = body.indexOf(0, at) + 1;
  at += 2 + 2 * body.readInt16BE(at);
  return readValues(body.subarray(at));
}

/** A count, then each value with its length; -1 is NULL. */
function readValues(bytes: Buffer): string[] {
  const values: string[] = [];
  let at = 2;
  for (let count = bytes.readInt16BE(0); count > 0; count--) {
    const length = bytes.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? 'NULL' : bytes.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return values;
}

function replyOf(messages: readonly Message[]): string {
  const parts = messages.flatMap(({ type, body }) => {
    if (type === 'D') return [`(${readValues(body).join(', ')})`];
    if (type === 'C') return [readTexts(body)[0] ?? ''];
    if (type === 'E') return [errorOf(body)];
    return [];
  });
  return parts.join(' ');
}

/** Fields, each with its letter in front: C is the code, M the message. */
function errorOf(body: Buffer): string {
  const fields = new Map(readTexts(body).map((text) => [text[0], text.slice(1)]));
  return `ERROR ${fields.get('C')}: ${fields.get('M')}`;
}
