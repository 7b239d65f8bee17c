// A name server of a test's own, which answers as the test says.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

const A = 1;
const AAAA = 28;
const HEADER_BYTES = 12;

/** The addresses of a name, IPv4 and IPv6. */
type Zone = (name: string) => readonly string[];

export class NameServer {
  /** The questions so far, as in `A example.com`. */
  readonly questions: string[] = [];

  private constructor(
    private readonly socket: Socket,
    /** As `dns.setServers` takes it. */
    readonly address: string,
  ) {}

  static async start(zone: Zone): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const server = new NameServer(socket, `127.0.0.1:${socket.address().port}`);
    socket.on('message', (query, { port, address }) => {
      socket.send(server.answer(query, zone), port, address);
    });
    return server;
  }

  stop(): void {
    this.socket.close();
  }

  /** An answer by RFC 1035 §4. */
  private answer(query: Buffer, zone: Zone): Buffer {
    const labels: string[] = [];
    let end = HEADER_BYTES;
    for (let length = query[end] ?? 0; length > 0; length = query[end] ?? 0) {
      labels.push(query.toString('latin1', end + 1, end + 1 + length));
      end += 1 + length;
    }
    const name = labels.join('.').toLowerCase();
    const type = query.readUInt16BE(end + 1);
    this.questions.push(`${type === A ? 'A' : 'AAAA'} ${name}`);
    const found = [A, AAAA].includes(type)
      ? zone(name).filter((address) => isIPv4(address) === (type === A))
      : [];
    const header = Buffer.from(query.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    header.writeUInt32BE(0, 8);
    const records = found.map((address) => record(type, bytesOf(address)));
    return Buffer.concat([header, query.subarray(HEADER_BYTES, end + 5), ...records]);
  }
}

/** A record of the name in the question, which nobody may keep. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc000 + HEADER_BYTES, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [left = '', right = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const words = (text: string) =>
    text
      .split(':')
      .filter(Boolean)
      .map((word) => parseInt(word, 16));
  const all = [words(left), words(right)] as const;
  const zeros = Array<number>(8 - all[0].length - all[1].length).fill(0);
  return Buffer.from([...all[0], ...zeros, ...all[1]].flatMap((word) => [word >> 8, word & 255]));
}
