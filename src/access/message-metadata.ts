/** A bag of metadata with a reader: gRPC's `Metadata`, NATS's `MsgHdrs`. */
interface MetadataReader {
  get(name: string): unknown;
}

/** Context of a message, by the transports of `@nestjs/microservices`. */
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
 * The credentials of a microservice's message: the metadata entry `authorization` of gRPC, NATS, Kafka,
 * RabbitMQ or MQTT 5, or, over TCP and Redis, whose messages have none, the member `authorization` of the data.
 */
export function messageAuthorization(context: object, data: unknown): string | undefined {
  const message = context as MessageContext;
  if (typeof message.get === 'function') return textOf(message.get(NAME));
  const bags = [
    message.getHeaders?.(),
    headersOf(message.getMessage?.()),
    at(at(message.getPacket?.(), 'properties'), 'userProperties'),
    data,
  ];
  for (const bag of bags) {
    const text = textOf(isReader(bag) ? bag.get(NAME) : at(bag, NAME));
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Kafka has headers on the message, RabbitMQ among its properties. */
function headersOf(message: unknown): unknown {
  return at(message, 'headers') ?? at(at(message, 'properties'), 'headers');
}

function at(value: unknown, name: string): unknown {
  const isBag = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isBag ? (value as Record<string, unknown>)[name] : undefined;
}

function isReader(bag: unknown): bag is MetadataReader {
  return typeof (bag as MetadataReader | undefined)?.get === 'function';
}

/** One value, as text or as bytes; two would be two credentials, and are none. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 1 ? textOf(value[0]) : undefined;
  if (Buffer.isBuffer(value)) return value.toString();
  return typeof value === 'string' && value !== '' ? value : undefined;
}
