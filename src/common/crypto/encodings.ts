/** Hexadecimal digits with a separator between bytes, such as `ab:cd:…`. */
const SEPARATED_HEX = /^[\da-f]{2}(?:[:-][\da-f]{2})+$/i;
const HEX = /^(?:0x)?([\da-f]+)$/i;
const BASE64 = /^[\w+/-]+={0,2}$/;

/** The digits of a text that is hexadecimal as a whole, without prefix and separators. */
export function hexDigits(text: string): string | undefined {
  if (SEPARATED_HEX.test(text)) return text.replaceAll(/[:-]/g, '');
  return HEX.exec(text)?.[1];
}

/** Decodes a text in hexadecimal or base64 (of either alphabet); `undefined` if it is neither. */
export function decoded(text: string): Buffer | undefined {
  const digits = hexDigits(text);
  if (digits !== undefined) return Buffer.from(digits, 'hex');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Decodes percent-encoded bytes; a `%` that begins no encoding stays. */
export function withoutPercentEncoding(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** The text form of a UUID of 16 bytes. */
export function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
