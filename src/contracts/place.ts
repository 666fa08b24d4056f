/** A line of a source file, as a stack names it. */
export interface SourcePlace {
  readonly path: string;
  readonly line: number;
  /** Absent for some syntax errors. */
  readonly column?: number;
}

const OWN_CODE = new URL('../', import.meta.url).pathname;

/**
 * Where in a user's files an error arose: the first place its stack names that is neither Node's, ours, nor a
 * package's. Syntax
 * errors of JavaScript files carry none.
 */
export function placeOf(error: unknown): SourcePlace | undefined {
  return placesOf(error instanceof Error ? error.stack : undefined)[0];
}

/** All of them that a stack names, innermost first. */
export function placesOf(stack = ''): readonly SourcePlace[] {
  const places: SourcePlace[] = [];
  for (const [, encoded = '', line, column] of stack.matchAll(
    /(?:^|\s|\()(?:file:\/\/)?(\/[^\n()]+?):(\d+)(?::(\d+))?(?=[\s)]|$)/gm,
  )) {
    const path = stack.includes(`file://${encoded}`) ? decodeURIComponent(encoded) : encoded;
    const isOwn = path.startsWith(OWN_CODE) && !path.startsWith(`${OWN_CODE}pipelines/`);
    if (isOwn || path.includes('/node_modules/')) continue;
    places.push({ path, line: Number(line), ...(column !== undefined && { column: Number(column) }) });
  }
  return places;
}

/** As terminals and editors link it: `/home/me/pipelines/prices.ts:12:3`. */
export function formatPlace({ path, line, column }: SourcePlace): string {
  return `${path}:${line}${column === undefined ? '' : `:${column}`}`;
}
