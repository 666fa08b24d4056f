/** In CI what cannot be had fails the run; elsewhere one loud line says what was left out and how to get it. */
export function skipOrFail(what: string, reason: string): undefined {
  if (process.env['CI'] === 'true') throw new Error(`${what} cannot run: ${reason}`);
  process.stderr.write(`\n*** SKIPPED: ${what}. ${reason} ***\n\n`);
  return undefined;
}
