import type { Columns, Core, Scaling } from './core.ts';
import type { HeldOut } from './fold-cv.ts';
import type { FoldOf } from './fold-fit.ts';

/** Sums of absolute errors of some consecutive rows of one fold: [target][alpha]. Plain data, to be sent and appended. */
export interface FoldErrors {
  readonly fold: number;
  readonly sums: readonly Float64Array[];
}

/** Rows whose errors are added up before they are added to the fold's, from row 0 on: so ranges have the bits of the whole. */
const SUMMED_ROWS = 1024;

/**
 * Mean absolute errors of K-fold cross-validation, which no statistic of the folds gives: the rows are read once more. The
 * same bits however they are cut, and for ranges done elsewhere that are appended in order.
 */
export class FoldAbsoluteErrors {
  readonly #core: Core;
  readonly #heldOut: readonly HeldOut[];
  readonly #foldOf: FoldOf;
  readonly #scaling: Scaling;
  /** [fold][target][alpha] */
  readonly #totals: readonly (readonly Float64Array[])[];
  /** Of a range, which keeps them apart. */
  readonly #parts: FoldErrors[] | undefined;
  #open: FoldErrors | undefined;
  #row: number;

  /** @param firstRow of a range: index of the first row that will come, a multiple of SUMMED_ROWS */
  constructor(core: Core, heldOut: readonly HeldOut[], foldOf: FoldOf, { mean, scale }: Scaling, firstRow?: number) {
    this.#core = core;
    this.#heldOut = heldOut;
    this.#foldOf = foldOf;
    this.#scaling = { mean, scale };
    this.#totals = heldOut.map(({ solutions }) => solutions.map((own) => new Float64Array(own.length)));
    this.#parts = firstRow === undefined ? undefined : [];
    this.#row = firstRow ?? 0;
  }

  /** Takes the next rows that were fitted on. */
  push(x: Columns, y: Columns, weights?: ArrayLike<number>): void {
    const n = y[0]!.length;
    for (let from = 0; from < n;) {
      const fold = this.#foldOf(this.#row);
      if (this.#open?.fold !== fold || this.#row % SUMMED_ROWS === 0) this.#close();
      const most = Math.min(n, from + SUMMED_ROWS - (this.#row % SUMMED_ROWS));
      let to = from + 1;
      while (to < most && this.#foldOf(this.#row + to - from) === fold) to++;
      const rows = (column: ArrayLike<number>): Float64Array =>
        Float64Array.from({ length: to - from }, (_, i) => column[from + i]!);
      this.#add(fold, x.map(rows), y.map(rows), weights && rows(weights));
      this.#row += to - from;
      from = to;
    }
  }

  /** Takes in a range done elsewhere; ranges in row order. */
  append(parts: readonly FoldErrors[]): void {
    for (const { fold, sums } of parts) {
      sums.forEach((own, target) => own.forEach((sum, a) => (this.#totals[fold]![target]![a]! += sum)));
    }
  }

  /** Of a range, after all of its rows. */
  save(): readonly FoldErrors[] {
    this.#close();
    return this.#parts!;
  }

  /** [target][alpha]: the mean over folds of the fold's (weighted) mean. */
  finish(): Float64Array[] {
    this.#close();
    const folds = this.#heldOut.length;
    return this.#heldOut[0]!.solutions.map((own, target) =>
      Float64Array.from(own, (_, a) =>
        this.#heldOut.reduce((sum, { weight }, k) => sum + this.#totals[k]![target]![a]! / weight / folds, 0),
      ),
    );
  }

  #close(): void {
    if (this.#open === undefined) return;
    if (this.#parts !== undefined) this.#parts.push(this.#open);
    else this.append([this.#open]);
    this.#open = undefined;
  }

  #add(fold: number, x: Columns, y: Columns, weights?: ArrayLike<number>): void {
    const { solutions } = this.#heldOut[fold]!;
    this.#open ??= { fold, sums: solutions.map((own) => new Float64Array(own.length)) };
    const { sums } = this.#open;
    solutions.forEach((own, target) => {
      own.forEach((solution, a) => {
        const predicted = this.#core.predict({ ...solution, ...this.#scaling }, x);
        let sum = sums[target]![a]!;
        for (let i = 0; i < predicted.length; i++) {
          sum += (weights?.[i] ?? 1) * Math.abs(y[target]![i]! - predicted[i]!);
        }
        sums[target]![a] = sum;
      });
    });
  }
}
