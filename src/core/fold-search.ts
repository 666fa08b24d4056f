import type { Scoring } from '../contracts/model.ts';
import type { Columns, Core } from './core.ts';
import { FoldAbsoluteErrors } from './fold-absolute-errors.ts';
import type { FoldErrors } from './fold-absolute-errors.ts';
import type { FoldCv, HeldOut, Solution } from './fold-cv.ts';
import { foldsInOrder, rowsBefore } from './fold-fit.ts';
import type { FoldFit, FoldPart } from './fold-fit.ts';
import type { RidgeOptions, RidgeResult } from './ridge-fit.ts';

export interface FoldSearchOptions extends RidgeOptions {
  /** Default r2, as scikit-learn's with `cv`. */
  readonly scoring?: Scoring | undefined;
}

/** One read of all rows, as plain data: what another thread needs to do a range of it. */
export interface FoldJob {
  /** Rows that will come, and folds of them. */
  readonly n: number;
  readonly folds: number;
  readonly options: FoldSearchOptions;
  /** In the second read, of absolute errors. */
  readonly heldOut?: readonly HeldOut[];
}

/** What a range of rows came to: plain data, to be sent and appended. */
export interface FoldRangePart {
  readonly rows: number;
  readonly statistics?: readonly FoldPart[];
  readonly errors?: readonly FoldErrors[];
}

/** One read over rows in blocks: all of them, or a range. */
export class FoldPass {
  readonly #fit: FoldFit | undefined;
  readonly #errors: FoldAbsoluteErrors | undefined;
  #rows = 0;

  /** @param firstRow of a range a multiple of the core's chunk of rows @throws {RidgelineError} BAD_FOLDS */
  constructor(core: Core, { n, folds, options, heldOut }: FoldJob, firstRow?: number) {
    const foldOf = foldsInOrder(n, folds);
    if (heldOut !== undefined) this.#errors = new FoldAbsoluteErrors(core, heldOut, foldOf, options, firstRow);
    else {
      const range = firstRow !== undefined && { firstRow, before: rowsBefore(n, folds, firstRow) };
      this.#fit = core.foldFit({ ...options, folds, foldOf, ...range });
    }
  }

  /** Takes the next rows. @throws {RidgelineError} NON_FINITE and BAD_WEIGHT with row and column, BAD_SHAPE */
  push(x: Columns, y: Columns, weights?: ArrayLike<number>): void {
    this.#errors?.push(x, y, weights);
    this.#fit?.push([...x, ...y, ...(weights ? [weights] : [])]);
    this.#rows += y[0]?.length ?? 0;
  }

  /** Takes in a range done elsewhere; ranges in row order. */
  append({ rows, statistics, errors }: FoldRangePart): void {
    if (statistics) this.#fit!.append(statistics, rows);
    if (errors) this.#errors!.append(errors);
  }

  /** Of a range, after all of its rows. */
  save(): FoldRangePart {
    const rows = this.#rows;
    return this.#fit ? { rows, statistics: this.#fit.parts() } : { rows, errors: this.#errors!.save() };
  }

  /** Of all rows. @throws {RidgelineError} TOO_FEW_ROWS, BAD_ALPHA */
  statistics(): ReturnType<FoldFit['finish']> {
    return this.#fit!.finish();
  }

  absoluteErrors(): Float64Array[] | undefined {
    return this.#errors?.finish();
  }
}

/**
 * A ridge fit that chooses alpha by K-fold cross-validation over consecutive rows, as scikit-learn's `RidgeCV(cv=k)`: its
 * GridSearchCV over an unshuffled KFold. Rows come in blocks of any length, once; twice for the mean absolute error.
 */
export class FoldSearch {
  readonly #core: Core;
  #job: FoldJob;
  #pass: FoldPass;
  #cv: FoldCv | undefined;

  /** @param n rows that will come @throws {RidgelineError} BAD_FOLDS */
  constructor(core: Core, n: number, folds: number, options: FoldSearchOptions) {
    this.#core = core;
    this.#job = { n, folds, options: { ...options, scoring: options.scoring ?? 'r2' } };
    this.#pass = new FoldPass(core, this.#job);
  }

  /** The current read as plain data, for threads that do ranges of it (`FoldPass`); `append` what they saved. */
  get job(): FoldJob {
    return this.#job;
  }

  /** Takes the next rows. @throws {RidgelineError} NON_FINITE and BAD_WEIGHT with row and column, BAD_SHAPE */
  push(x: Columns, y: Columns, weights?: ArrayLike<number>): void {
    this.#pass.push(x, y, weights);
  }

  /** Takes in a range of the current read done elsewhere; ranges in row order. */
  append(part: FoldRangePart): void {
    this.#pass.append(part);
  }

  /** Ends a read. @returns true when the same rows are needed once more @throws {RidgelineError} TOO_FEW_ROWS, BAD_ALPHA */
  next(): boolean {
    if (this.#cv !== undefined) return false;
    const { options } = this.#job;
    const scoring = options.scoring!;
    const cv = this.#core.foldCv(this.#pass.statistics(), { ...options, scoring });
    this.#cv = cv;
    if (scoring !== 'neg_mean_absolute_error') return false;
    this.#job = { ...this.#job, heldOut: cv.heldOut };
    this.#pass = new FoldPass(this.#core, this.#job);
    return true;
  }

  /** The fitted model of every target, after `next` returned false. */
  finish(): RidgeResult[] {
    return this.#cv!.finish(this.#pass.absoluteErrors());
  }

  /** Share of a target's variance that its model explains, on all rows. */
  r2(solution: Solution, target: number): number {
    return this.#cv!.r2(solution, target);
  }
}
