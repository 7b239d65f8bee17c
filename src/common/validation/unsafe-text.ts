// With the u flag \p{Cs} matches lone surrogates only; \p{Cc} is C0, DEL and C1.
const UNSAFE = /[\p{Cc}\p{Cs}]/u;

/** Whether a text holds a control character or a lone surrogate (S-37, S-136). */
export function isUnsafeText(text: string): boolean {
  return UNSAFE.test(text);
}

/** Name of the first field, member names included, whose text is unsafe. */
export function findUnsafeText(value: unknown, field = 'body'): string | undefined {
  if (typeof value === 'string') return isUnsafeText(value) ? field : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (isUnsafeText(name)) return field;
    const found = findUnsafeText(member, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
