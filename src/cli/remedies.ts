import { RidgelineError } from '../contracts/errors.ts';

/** What a command advises in place of the numeric core, which does not know its options; undefined: the same as the core. */
export type RemedyOf = (error: RidgelineError) => string | undefined;

/** Does work. @throws what it throws, with the command's own remedy */
export async function withRemedy<T>(remedyOf: RemedyOf, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const remedy = RidgelineError.is(error) ? remedyOf(error) : undefined;
    if (!RidgelineError.is(error) || remedy === undefined) throw error;
    const { code, kind, message, position } = error;
    throw new RidgelineError(code, kind, message, { remedy, position, cause: error });
  }
}

/** Of a column of exact decimals, which are no doubles. */
export const decimalRemedy: RemedyOf = ({ code, message }) =>
  code === 'NOT_NUMERIC' && message.includes(', got Decimal')
    ? "cast it to double where the file is made, such as astype('float64') or CAST(price AS DOUBLE)"
    : undefined;

/** Where the columns are the model's: there is nothing to choose, and nothing to encode. */
export const modelColumnsRemedy: RemedyOf = (error) =>
  decimalRemedy(error) ??
  (error.code === 'NOT_NUMERIC' ? 'give numbers there, as in the rows that the model was fitted on' : undefined);
