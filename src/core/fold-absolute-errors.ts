import type { Columns, Core, Scaling } from './core.ts';
import type { HeldOut } from './fold-cv.ts';
import type { FoldOf } from './fold-fit.ts';

/**
 * Mean absolute errors of K-fold cross-validation, which no statistic of the folds gives: the rows are read once more. The
 * same bits however they are cut.
 */
export class FoldAbsoluteErrors {
  readonly #core: Core;
  readonly #heldOut: readonly HeldOut[];
  readonly #foldOf: FoldOf;
  readonly #scaling: Scaling;
  /** [fold][target][alpha] */
  readonly #sums: readonly (readonly Float64Array[])[];
  #rows = 0;

  constructor(core: Core, heldOut: readonly HeldOut[], foldOf: FoldOf, { mean, scale }: Scaling) {
    this.#core = core;
    this.#heldOut = heldOut;
    this.#foldOf = foldOf;
    this.#scaling = { mean, scale };
    this.#sums = heldOut.map(({ solutions }) => solutions.map((own) => new Float64Array(own.length)));
  }

  /** Takes the next rows that were fitted on. */
  push(x: Columns, y: Columns, weights?: ArrayLike<number>): void {
    const n = y[0]!.length;
    for (let from = 0; from < n;) {
      const fold = this.#foldOf(this.#rows + from);
      let to = from + 1;
      while (to < n && this.#foldOf(this.#rows + to) === fold) to++;
      const rows = (column: ArrayLike<number>): Float64Array =>
        Float64Array.from({ length: to - from }, (_, i) => column[from + i]!);
      this.#add(fold, x.map(rows), y.map(rows), weights && rows(weights));
      from = to;
    }
    this.#rows += n;
  }

  #add(fold: number, x: Columns, y: Columns, weights?: ArrayLike<number>): void {
    this.#heldOut[fold]!.solutions.forEach((own, target) => {
      const sums = this.#sums[fold]![target]!;
      own.forEach((solution, a) => {
        const predicted = this.#core.predict({ ...solution, ...this.#scaling }, x);
        for (let i = 0; i < predicted.length; i++) {
          sums[a]! += (weights?.[i] ?? 1) * Math.abs(y[target]![i]! - predicted[i]!);
        }
      });
    });
  }

  /** [target][alpha]: the mean over folds of the fold's (weighted) mean. */
  finish(): Float64Array[] {
    const folds = this.#heldOut.length;
    return this.#heldOut[0]!.solutions.map((own, target) =>
      Float64Array.from(own, (_, a) =>
        this.#heldOut.reduce((sum, { weight }, k) => sum + this.#sums[k]![target]![a]! / weight / folds, 0),
      ),
    );
  }
}
