import type { Scoring } from '../contracts/model.ts';
import type { Columns, Core } from './core.ts';
import { FoldAbsoluteErrors } from './fold-absolute-errors.ts';
import type { FoldCv, Solution } from './fold-cv.ts';
import { foldsInOrder } from './fold-fit.ts';
import type { FoldFit, FoldOf } from './fold-fit.ts';
import type { RidgeOptions, RidgeResult } from './ridge-fit.ts';

export interface FoldSearchOptions extends RidgeOptions {
  /** Default r2, as scikit-learn's with `cv`. */
  readonly scoring?: Scoring | undefined;
}

/**
 * A ridge fit that chooses alpha by K-fold cross-validation over consecutive rows, as scikit-learn's `RidgeCV(cv=k)`: its
 * GridSearchCV over an unshuffled KFold. Rows come in blocks of any length, once; twice for the mean absolute error.
 */
export class FoldSearch {
  readonly #core: Core;
  readonly #options: FoldSearchOptions;
  readonly #scoring: Scoring;
  readonly #foldOf: FoldOf;
  readonly #fit: FoldFit;
  #cv: FoldCv | undefined;
  #absolute: FoldAbsoluteErrors | undefined;

  /** @param n rows that will come @throws {RidgelineError} BAD_FOLDS */
  constructor(core: Core, n: number, folds: number, options: FoldSearchOptions) {
    this.#core = core;
    this.#options = options;
    this.#scoring = options.scoring ?? 'r2';
    this.#foldOf = foldsInOrder(n, folds);
    this.#fit = core.foldFit({ ...options, folds, foldOf: this.#foldOf });
  }

  /** Takes the next rows. @throws {RidgelineError} NON_FINITE and BAD_WEIGHT with row and column, BAD_SHAPE */
  push(x: Columns, y: Columns, weights?: ArrayLike<number>): void {
    if (this.#absolute === undefined) this.#fit.push([...x, ...y, ...(weights ? [weights] : [])]);
    else this.#absolute.push(x, y, weights);
  }

  /** Ends a read. @returns true when the same rows are needed once more @throws {RidgelineError} TOO_FEW_ROWS, BAD_ALPHA */
  next(): boolean {
    if (this.#cv !== undefined) return false;
    const scoring = this.#scoring;
    const cv = this.#core.foldCv(this.#fit.finish(), { ...this.#options, scoring });
    this.#cv = cv;
    if (scoring !== 'neg_mean_absolute_error') return false;
    this.#absolute = new FoldAbsoluteErrors(this.#core, cv.heldOut, this.#foldOf, this.#options);
    return true;
  }

  /** The fitted model of every target, after `next` returned false. */
  finish(): RidgeResult[] {
    return this.#cv!.finish(this.#absolute?.finish());
  }

  /** Share of a target's variance that its model explains, on all rows. */
  r2(solution: Solution, target: number): number {
    return this.#cv!.r2(solution, target);
  }
}
