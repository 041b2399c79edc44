import { isBegin, type Wire } from './wire';

const comQuit = 1;
const comQuery = 3;
const ok = 0x00;
const nul = 0xfb;
const eof = 0xfe;
const err = 0xff;

/** @see https://mariadb.com/kb/en/clientserver-protocol/ */
export const mySqlWire: Wire = {
  isHarmless(sent) {
    // Every command begins a sequence; the packets that open a connection continue the server's.
    if (sent[3] !== 0) return true;
    return readPackets(sent)[0]?.[0] === comQuit || isBegin(statementOf(sent));
  },
  statementOf,
  replyOf: (received) => replyOf(readPackets(received)),
};

/** Each packet has three bytes of length and one of sequence in front. */
function readPackets(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUIntLE(at, 3);
    packets.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return packets;
}

function statementOf(sent: Buffer): string {
  const [packet] = readPackets(sent);
  return packet?.[0] === comQuery ? packet.toString('utf8', 1) : '';
}

function replyOf([first, ...others]: readonly Buffer[]): string {
  if (!first) return '';
  if (first[0] === ok) return `OK ${readNumber(first, 1).value}`;
  if (first[0] === err) return `ERROR ${first.readUInt16LE(1)}: ${first.toString('utf8', 9)}`;
  const end = others.findIndex(isEnd);
  const rows = others.slice(end + 1).filter((packet) => !isEnd(packet));
  const told = rows.map((row) =>
    row[0] === err ? `ERROR ${row.readUInt16LE(1)}` : `(${readValues(row).join(', ')})`,
  );
  return [...told, `SELECT ${rows.length}`].join(' ');
}

/** What ends the columns, and what ends the rows. */
const isEnd = (packet: Buffer): boolean => packet[0] === eof && packet.length < 9;

function readValues(row: Buffer): string[] {
  const values: string[] = [];
  for (let at = 0; at < row.length;) {
    if (row[at] === nul) {
      values.push('NULL');
      at++;
      continue;
    }
    const { value: length, next } = readNumber(row, at);
    values.push(row.toString('utf8', next, next + length));
    at = next + length;
  }
  return values;
}

/** A number of one byte, or of as many as its first byte says. */
function readNumber(bytes: Buffer, at: number): { readonly value: number; readonly next: number } {
  const first = bytes[at] ?? 0;
  const size = first === 0xfc ? 2 : first === 0xfd ? 3 : first === 0xfe ? 6 : 0;
  if (size === 0) return { value: first, next: at + 1 };
  return { value: bytes.readUIntLE(at + 1, size), next: at + 1 + (size === 6 ? 8 : size) };
}
