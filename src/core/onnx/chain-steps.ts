import type {
  OneHotEncoderState,
  SimpleImputerState,
  StandardScalerState,
  TransformerState,
} from '../../contracts/transformer.ts';
import { encodedNames, scalingOf } from '../transformers/index.ts';
import type { Graph, Value } from './graph.ts';

/** `TensorProto.DOUBLE`, as `Cast` is told it. */
const TO_DOUBLE = { to: 11 };

/** Columns on their way through the chain. */
export interface Columns {
  /** Of `matrix`, in order. */
  readonly names: readonly string[];
  /** f64[rows, names]; undefined when there are none. */
  readonly matrix: Value | undefined;
  /** string[rows, 1] by name. */
  readonly texts: ReadonlyMap<string, Value>;
}

export function addStep(graph: Graph, columns: Columns, step: TransformerState): Columns {
  switch (step.type) {
    case 'StandardScaler':
      return scale(graph, columns, step);
    case 'SimpleImputer':
      return impute(graph, columns, step);
    case 'OneHotEncoder':
      return encode(graph, columns, step);
  }
}

function scale(graph: Graph, { names, matrix, texts }: Columns, state: StandardScalerState): Columns {
  const { mean, scale } = scalingOf(state, names);
  let x = matrix!;
  if (mean !== undefined) x = graph.node('Sub', [x, graph.doubles([names.length], Array.from(mean))]);
  if (scale !== undefined) x = graph.node('Div', [x, graph.doubles([names.length], Array.from(scale))]);
  return { names, matrix: x, texts };
}

/** Columns that are not filled are filled with NaN, which is what is missing there. */
function impute(graph: Graph, { names, matrix, texts }: Columns, state: SimpleImputerState): Columns {
  const fill = names.map((name) => state.fill[state.columns.indexOf(name)] ?? Number.NaN);
  const isMissing = graph.node('IsNaN', [matrix!]);
  return { names, matrix: graph.node('Where', [isMissing, graph.doubles([names.length], fill), matrix!]), texts };
}

/** Each column is compared with all its categories at once, which gives its columns of 0 and 1. */
function encode(graph: Graph, { names, matrix, texts }: Columns, state: OneHotEncoderState): Columns {
  const encoded = state.columns.flatMap((name, j) => {
    const categories = state.categories[j]!;
    const text = texts.get(name);
    const column = text ?? graph.node('Gather', [matrix!, graph.int64s([names.indexOf(name)])], { axis: 1 });
    const shape = [1, categories.length];
    const wanted =
      text === undefined ? graph.doubles(shape, categories as number[]) : graph.texts(shape, categories as string[]);
    const hits = [graph.node('Equal', [column, wanted])];
    if (state.dummyNa)
      hits.push(
        text === undefined ? graph.node('IsNaN', [column]) : graph.node('Equal', [column, graph.texts([1, 1], [''])]),
      );
    return hits.map((hit) => graph.node('Cast', [hit], TO_DOUBLE));
  });
  const rest = names.filter((name) => !state.columns.includes(name));
  const kept =
    rest.length === 0 || rest.length === names.length
      ? matrix
      : graph.node('Gather', [matrix!, graph.int64s(rest.map((name) => names.indexOf(name)))], { axis: 1 });
  const parts = rest.length === 0 || kept === undefined ? encoded : [kept, ...encoded];
  return {
    names: [...rest, ...encodedNames(state)],
    matrix: parts.length === 1 ? parts[0]! : graph.node('Concat', parts, { axis: 1 }),
    texts: new Map([...texts].filter(([name]) => !state.columns.includes(name))),
  };
}
