import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** No setting is larger; the limit keeps a wrong path from filling the memory. */
const MAX_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be used by this user',
  EISDIR: 'is a folder',
  ELOOP: 'is a link that leads to itself',
  ENAMETOOLONG: 'has too long a name',
  ENOENT: 'does not exist',
  ENOSPC: 'is on a full disk',
  ENOTDIR: 'lies below another file',
  EPERM: 'may not be used by this user',
  EROFS: 'is on a read-only file system',
};

/** The reason for which a file cannot be used, to be put after its subject: "does not exist". */
export function fileReason(error: unknown): string {
  const { code = 'no code' } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? `cannot be used (${code})`;
}

/** The reason for which a file cannot be read; `undefined` for a readable one. */
export function unreadableReason(file: string): string | undefined {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return REASONS.EISDIR;
    // A device may be endless, and a named pipe may never be written.
    if (!stats.isFile()) return 'is no regular file';
    if (stats.size > MAX_BYTES) return 'is larger than 1 MiB';
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    return fileReason(error);
  }
}

/**
 * Reads a file in UTF-8, with or without a byte order mark.
 *
 * @throws Error with the reason, as {@link fileReason} gives it
 */
export function readTextFile(file: string): string {
  const reason = unreadableReason(file);
  if (reason !== undefined) throw new Error(reason);
  const text = decoded(readFileSync(file));
  if (text === undefined) throw new Error('is not text in UTF-8');
  return text;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // UTF-16 without a byte order mark is valid UTF-8 with a NUL beside each letter.
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Creates a folder and its parents with mode 0700; `mkdir` with `recursive` never returns below /proc. */
export function makePrivateFolder(folder: string): void {
  if (existsSync(folder)) return;
  makePrivateFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process that starts now may have created it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
