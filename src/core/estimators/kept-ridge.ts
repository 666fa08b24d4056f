import { RidgelineError } from '../../contracts/errors.ts';
import type { RidgeModelArtifact, StandardScalerState } from '../../contracts/model.ts';
import type { Table } from '../../contracts/table.ts';
import { restrictChain } from '../chain.ts';
import type { Core } from '../core.ts';
import { defaultCore } from '../default-core.ts';
import { foldsByHash, widen } from '../fold-fit.ts';
import type { FoldFit, FoldOptions } from '../fold-fit.ts';
import type { KeptOptions, KeptState } from '../kept-state.ts';
import { readState } from '../kept-state-read.ts';
import { writeState } from '../kept-state-write.ts';
import { isConstant, spread } from '../r-factor.ts';
import type { RFactor } from '../r-factor.ts';
import type { KeptRange, KeptRangeResult } from '../kept-range.ts';
import { chooseColumns } from './columns.ts';
import { explainFit } from './explain-row.ts';
import { QR_FLOPS } from './fold-rows.ts';
import { kernelRanges } from './kernel-ranges.ts';
import { ridgeArtifact } from './ridge-artifact.ts';

/**
 * A ridge fit that keeps the statistics of its rows: more rows are taken in with none of the old ones read again, and the
 * model is to the bit that of one fit on all of them. Alpha is chosen by exact K-fold cross-validation; a row's fold depends
 * on its index alone. Scaler and coefficients come from the statistics too.
 */
export class KeptRidge {
  readonly options: KeptOptions;
  readonly #core: Core;
  readonly #fit: FoldFit;
  readonly #min: number[];
  readonly #max: number[];

  constructor(core: Core, options: KeptOptions, kept?: KeptState) {
    const { features, folds } = options;
    this.options = options;
    this.#core = core;
    this.#fit = core.foldFit({ ...foldOptions(options), foldOf: foldsByHash(folds) });
    this.#min = features.map((_, j) => kept?.min[j] ?? Infinity);
    this.#max = features.map((_, j) => kept?.max[j] ?? -Infinity);
    if (kept !== undefined) this.#fit.resume(kept.states);
  }

  /** Goes on from what `save` gave. @throws {RidgelineError} NOT_A_STATE, NEWER_STATE */
  static async resume(bytes: Uint8Array, name: string): Promise<KeptRidge> {
    const state = readState(bytes, name);
    const { min: _, max: __, states: ___, ...options } = state;
    return new KeptRidge(await defaultCore(), options, state);
  }

  /** Takes in the rows of a table, in one read and in memory that does not grow with them. @throws as `appendTo` */
  append(table: Table): Promise<void> {
    return KeptRidge.appendTo([this], table);
  }

  /**
   * The same for fits of several targets on the same features, all in one read.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, DUPLICATE_COLUMN, NOT_NUMERIC, TRANSFORMED; MISSING_VALUE, NON_FINITE and
   *   BAD_WEIGHT with column and row
   */
  static async appendTo(fits: readonly KeptRidge[], table: Table): Promise<void> {
    const { features, sampleWeight: weights } = fits[0]!.options;
    const core = fits[0]!.#core;
    const last = weights === undefined ? [] : [weights];
    const columns = chooseColumns(table, [...features, ...fits.map(({ options }) => options.target), ...last]);
    if (restrictChain(table.chain, columns).length > 0) {
      throw new RidgelineError(
        'TRANSFORMED',
        'content',
        `${table.name}: expected columns as they are, got transformed ones`,
        {
          remedy: 'give the raw columns: a kept state standardises them itself, anew with all rows',
          position: { file: table.name },
        },
      );
    }
    for (const fit of fits) fit.#fit.beginTable();
    const spread = kernelRanges(table, columns, core.chunkRows, QR_FLOPS * fits.length * (features.length + 1) ** 2);
    try {
      if (spread !== undefined) {
        const kept = fits.map((fit) => ({ ...foldOptions(fit.options), origin: fit.#fit.rows }));
        for (const done of await spread.run<KeptRange, KeptRangeResult>('fold.range', { kept, columns })) {
          fits.forEach((fit, k) => {
            fit.#fit.append(done.parts[k]!, done.rows);
            features.forEach((_, j) => widen(fit.#min, fit.#max, j, [done.min[j]!, done.max[j]!]));
          });
        }
        return;
      }
      for await (const batch of table.batches({ columns })) {
        const x = features.map((name) => batch.float64(name));
        for (const fit of fits) {
          fit.#fit.push([...x, ...[fit.options.target, ...last].map((name) => batch.float64(name))]);
          x.forEach((column, j) => widen(fit.#min, fit.#max, j, column));
        }
      }
    } catch (error) {
      throw await explainFit(error, table, columns);
    }
  }

  /** The model of all rows so far. @throws {RidgelineError} TOO_FEW_ROWS, NON_FINITE; BAD_WEIGHT when a fold has none */
  finish(): RidgeModelArtifact {
    const { features, target, sampleWeight, folds: count, fitIntercept, alphas, scoring } = this.options;
    const folds = this.#fit.finish();
    const scaler = this.#scaler(this.#core.mergeRuns(folds));
    const p = features.length;
    const names = { features, target, weights: sampleWeight };
    const shape = { p, alphas, fitIntercept, mean: scaler?.mean, scale: scaler?.scale, ...names };
    const cv = this.#core.foldCv(folds, { ...shape, scoring });
    const result = cv.finish()[0]!;
    const range = this.#core.transform(
      features.map((_, j) => Float64Array.of(this.#min[j]!, this.#max[j]!)),
      shape,
    );
    const about = {
      features,
      target,
      sampleWeight,
      chain: scaler ? [scaler] : [],
      fitIntercept,
      min: range.map(([low]) => low!),
      max: range.map(([, high]) => high!),
      scoring,
      r2: cv.r2(result),
      folds: { count, rows: 'by-hash' } as const,
      intervals: undefined,
      source: undefined,
    };
    return ridgeArtifact(this.#core, result, about, []);
  }

  /** What `resume` needs to go on. */
  save(): Uint8Array {
    return writeState({ ...this.options, min: this.#min, max: this.#max, states: this.#fit.save() });
  }

  #scaler(all: RFactor): StandardScalerState | undefined {
    const { features, scale, fitIntercept } = this.options;
    if (!scale) return undefined;
    const variance = features.map((_, j) => spread(all, j) / all.weight);
    return {
      type: 'StandardScaler',
      columns: features,
      nSamplesSeen: features.map(() => all.weight),
      // + 0: never a negative zero, which JSON would lose
      ...(fitIntercept && { mean: features.map((_, j) => all.mean[j]! + 0) }),
      var: variance,
      scale: variance.map((value, j) => (isConstant(all, j) ? 1 : Math.sqrt(value))),
    };
  }
}

function foldOptions({ features, target, sampleWeight: weights, folds }: KeptOptions): Omit<FoldOptions, 'foldOf'> {
  return { p: features.length, folds, features, target: [target], weighted: weights !== undefined, weights };
}
