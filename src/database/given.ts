/**
 * Conditions of a look-up or a change, of which none may be missing: TypeORM 0.3 leaves missing ones out, so that any
 * row would match (S-134).
 *
 * @throws Error naming the condition
 */
export function given<Conditions extends object>(conditions: Conditions): Conditions {
  for (const [name, value] of Object.entries(conditions) as [string, unknown][]) {
    if (value === null || value === undefined) throw new Error(`a look-up without ${name}`);
  }
  return conditions;
}
