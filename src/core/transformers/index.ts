import type { TransformerState } from '../../contracts/transformer.ts';
import type { JsonFields } from '../json-fields.ts';
import type { TransformerKind } from './kind.ts';
import { oneHotEncoder } from './one-hot-encoder.ts';
import { simpleImputer } from './simple-imputer.ts';
import { standardScaler } from './standard-scaler.ts';

export type { Input, TransformerKind } from './kind.ts';
export { scalingOf } from './standard-scaler.ts';
export { encodedNames } from './one-hot-encoder.ts';

type Type = TransformerState['type'];

const KINDS: { readonly [T in Type]: TransformerKind<Extract<TransformerState, { type: T }>> } = {
  StandardScaler: standardScaler,
  OneHotEncoder: oneHotEncoder,
  SimpleImputer: simpleImputer,
};

/** What is known of a state's type; takes states of that type only. */
export function kindOf<State extends TransformerState>(state: State): TransformerKind<State> {
  return KINDS[state.type] as unknown as TransformerKind<State>;
}

/** A transformer's state from JSON. */
export function readTransformer(fields: JsonFields): TransformerState {
  return KINDS[fields.oneOf('type', Object.keys(KINDS) as Type[])].read(fields);
}
