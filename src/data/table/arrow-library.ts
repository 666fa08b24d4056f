import { createRequire } from 'node:module';
import type * as Arrow from 'apache-arrow';

const require = createRequire(import.meta.url);
let library: typeof Arrow | undefined;

/** apache-arrow, when it is first needed, as its one-file bundle: 15-40 ms to load, against 150-250 for its many files. */
export function arrow(): typeof Arrow {
  library ??= require('apache-arrow/Arrow.es2015.min') as typeof Arrow;
  return library;
}
