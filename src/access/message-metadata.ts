/** Metadata that is read through a method: gRPC's `Metadata`, NATS's `MsgHdrs`. */
interface MetadataReader {
  get(name: string): unknown;
}

/** Context of a message, in the forms of the transports of `@nestjs/microservices`. */
interface MessageContext {
  /** gRPC's `Metadata` is the context itself. */
  get?(name: string): unknown;
  /** NATS. */
  getHeaders?(): unknown;
  /** Kafka, RabbitMQ. */
  getMessage?(): unknown;
  /** MQTT 5. */
  getPacket?(): unknown;
}

const NAME = 'authorization';

/**
 * The credentials of a microservice's message: the metadata entry `authorization` of gRPC, NATS, Kafka, RabbitMQ or
 * MQTT 5. Messages over TCP and Redis have no metadata: there it is the member `authorization` of the data.
 */
export function messageAuthorization(context: object, data: unknown): string | undefined {
  const message = context as MessageContext;
  if (typeof message.get === 'function') return textOf(message.get(NAME));
  const sources = [
    message.getHeaders?.(),
    headersOf(message.getMessage?.()),
    at(at(message.getPacket?.(), 'properties'), 'userProperties'),
    data,
  ];
  for (const source of sources) {
    const text = textOf(isReader(source) ? source.get(NAME) : at(source, NAME));
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Kafka keeps headers on the message, RabbitMQ in the message's properties. */
function headersOf(message: unknown): unknown {
  return at(message, 'headers') ?? at(at(message, 'properties'), 'headers');
}

function at(value: unknown, name: string): unknown {
  const isOwn = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isOwn ? (value as Record<string, unknown>)[name] : undefined;
}

function isReader(source: unknown): source is MetadataReader {
  return typeof (source as MetadataReader | undefined)?.get === 'function';
}

/** The one value, as text or as bytes. Two values count as none, because they may be two credentials. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 1 ? textOf(value[0]) : undefined;
  if (Buffer.isBuffer(value)) return value.toString();
  return typeof value === 'string' && value !== '' ? value : undefined;
}
