import type { Table } from '../contracts/table.ts';
import { RidgelineError } from '../contracts/errors.ts';
import type { TransformerState } from '../contracts/transformer.ts';
import type { FittedTransformer } from '../core/estimators/fitted-transformer.ts';

/** How `fit` makes features of columns. */
export interface Preparation {
  /** Missing numbers become the mean or median of their column. */
  readonly impute: 'mean' | 'median' | undefined;
  /** Columns to one-hot encode, besides all text columns; undefined: none at all. */
  readonly encode: readonly string[] | undefined;
  readonly handleUnknown: 'error' | 'ignore';
  /** Standardise what comes out; without an intercept it is scaled and not centred, so that 0 stays 0. */
  readonly scale: boolean;
  readonly intercept: boolean;
  /** Column of weights that they are standardised with. */
  readonly weights: string | undefined;
}

export interface Prepared {
  /** Lazy: the columns are made while they are read, and the table remembers how. */
  readonly table: Table;
  readonly features: readonly string[];
  /** The fit is to standardise them, which takes it no read of the rows. */
  readonly standardize: boolean;
}

/** Fills, encodes and standardises columns, in this order; what the table's own chain has done already is not done again. */
export async function prepareFeatures(
  table: Table,
  columns: readonly string[],
  { impute, encode, handleUnknown, scale, intercept, weights }: Preparation,
): Promise<Prepared> {
  const { requireColumns, isText } = await import('../core/estimators/columns.ts');
  requireColumns(table, columns);
  let now: Prepared = { table, features: columns, standardize: false };
  const apply = (fitted: FittedTransformer<TransformerState>, features = now.features): void => {
    now = { table: fitted.transform(now.table), features, standardize: false };
  };

  const text = table.fields.filter((field) => columns.includes(field.name) && isText(field)).map(({ name }) => name);
  const encoded = encode && columns.filter((name) => text.includes(name) || encode.includes(name));
  const stray = encode?.find((name) => !columns.includes(name));
  if (stray !== undefined) {
    throw new RidgelineError('USAGE', 'usage', `--categorical: column "${stray}" is none of the features`, {
      remedy: `the features are ${columns.join(', ')}`,
    });
  }
  const numbers = columns.filter((name) => !encoded?.includes(name));

  if (impute !== undefined) {
    const { SimpleImputer } = await import('../core/estimators/simple-imputer.ts');
    apply(await new SimpleImputer({ columns: numbers, strategy: impute }).fit(now.table));
  }
  if (encoded !== undefined && encoded.length > 0) {
    const { OneHotEncoder } = await import('../core/estimators/one-hot-encoder.ts');
    const { encodedNames } = await import('../core/transformers/index.ts');
    const encoder = await new OneHotEncoder({ columns: encoded, handleUnknown }).fit(now.table);
    apply(encoder, [...numbers, ...encodedNames(encoder.state)]);
  }
  if (scale) {
    const isScaled = (name: string): boolean =>
      table.chain.some(({ type, columns }) => type === 'StandardScaler' && columns.includes(name));
    const raw = now.features.filter((name) => !isScaled(name));
    // What the fit does is done to all features, and centres them.
    if (raw.length === now.features.length && intercept) return { ...now, standardize: true };
    const { StandardScaler } = await import('../core/estimators/standard-scaler.ts');
    const options = { columns: raw, withMean: intercept, ...(weights !== undefined && { sampleWeight: weights }) };
    if (raw.length > 0) apply(await new StandardScaler(options).fit(now.table));
  }
  return now;
}
