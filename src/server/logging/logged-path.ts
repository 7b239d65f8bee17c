/** Form of Gatehouse's ids, the only client-chosen part of a path that a log line repeats. */
const ID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** More than any route has; a path of 16 KB must not become a line of that size. */
const MAX_SEGMENTS = 12;

/**
 * The form of a path in a log line: the words of known routes, ids, and `*` for everything else. A secret that a
 * client puts into a path can have any form and encoding, so the line repeats only known words (S-210).
 */
export class LoggedPaths {
  /** Segments of routes, and whole routes without parameters, which are the most frequent. */
  private readonly known = new Set<string>(['']);
  /** Routes with parameters. */
  private readonly patterns: { readonly route: string; readonly segments: readonly string[] }[] =
    [];

  /** @param routes paths with a leading slash and `:parameters` */
  constructor(routes: Iterable<string>) {
    for (const route of new Set(routes)) {
      const segments = route.split('/');
      if (segments.some(isParameter)) this.patterns.push({ route, segments });
      else this.known.add(route);
      for (const segment of segments) if (!isParameter(segment)) this.known.add(segment);
    }
  }

  /** @param path as it was sent, without its query */
  shown(path: string): string {
    if (this.known.has(path)) return path;
    const segments = path.split('/', MAX_SEGMENTS + 1);
    const shown = segments
      .slice(0, MAX_SEGMENTS)
      .map((segment) => (this.known.has(segment) || ID.test(segment) ? segment : '*'))
      .join('/');
    return segments.length > MAX_SEGMENTS ? `${shown}/…` : shown;
  }

  /**
   * The route of a path, with the names of its parameters.
   *
   * @returns `undefined` for a path that is no route
   */
  routeOf(path: string): string | undefined {
    if (path.startsWith('/') && this.known.has(path)) return path;
    const sent = path.split('/', MAX_SEGMENTS + 1);
    return this.patterns.find(
      ({ segments }) =>
        segments.length === sent.length &&
        segments.every((segment, index) =>
          isParameter(segment) ? sent[index] !== '' : segment === sent[index],
        ),
    )?.route;
  }
}

function isParameter(segment: string): boolean {
  return segment.startsWith(':') || segment.includes('*');
}
