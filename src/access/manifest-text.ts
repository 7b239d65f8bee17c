import type { ManifestEntry } from './route-manifest.js';

const HEAD = ['method', 'path', 'needs', 'takes', 'roles'];

/** The manifest as a text table, for readers and for `authz.lock`, where a change of rights is a changed line. */
export function manifestText(entries: readonly ManifestEntry[]): string {
  const rows = [HEAD, ...entries.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function cells({ method, path, rule, roles }: ManifestEntry): string[] {
  if (rule.kind === 'public') return [method, path, '-', 'everyone', '-'];
  const takes = rule.principal === 'user' ? 'user' : 'user,api_key';
  return [method, path, rule.scopes.join(',') || '-', takes, roles.join(',')];
}
