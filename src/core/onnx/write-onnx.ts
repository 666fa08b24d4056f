import type { RidgeModelArtifact } from '../../contracts/model.ts';
import { chainInputs } from '../chain.ts';
import { addStep, type Columns } from './chain-steps.ts';
import { Graph } from './graph.ts';

/** Name of the input when all columns are numbers, and of the output, f64[rows, 1]. */
export const ONNX_INPUT = 'features';
export const ONNX_OUTPUT = 'preds';

/**
 * The model as an ONNX file: the transformer chain and the ridge in one graph of core operators in double precision.
 * Runtimes sum in their own order, so predictions agree to a few units in the last place.
 *
 * Columns that are all numbers are one input `features`, f64[rows, columns] in the order of `onnxInputs`. With text among
 * them each column is an input of its own name, f64[rows] or string[rows], as MLflow hands on a data frame; an empty
 * string is a missing value. A graph cannot refuse: an unknown category is 0 in all its columns.
 */
export function writeOnnx(artifact: RidgeModelArtifact): Uint8Array {
  const { features, coef, intercept, chain } = artifact;
  const graph = new Graph();
  let columns = addInputs(graph, artifact);
  for (const step of chain) columns = addStep(graph, columns, step);

  const isOrdered = columns.names.join('\n') === features.join('\n');
  const order = features.map((name) => columns.names.indexOf(name));
  const x = isOrdered ? columns.matrix! : graph.node('Gather', [columns.matrix!, graph.int64s(order)], { axis: 1 });
  const product = graph.node('MatMul', [x, graph.doubles([features.length, 1], coef)]);
  graph.node('Add', [product, graph.doubles([1], [intercept])], {}, ONNX_OUTPUT);
  graph.output(ONNX_OUTPUT, [1]);
  return graph.finish(artifact.type, 'ridgeline', {
    'ridgeline.inputs': JSON.stringify(onnxInputs(artifact).map(({ name }) => name)),
    'ridgeline.target': artifact.target,
    'ridgeline.alpha': String(artifact.alpha),
    'ridgeline.core_version': artifact.coreVersion,
    ...(artifact.dataset && { 'ridgeline.dataset': JSON.stringify(artifact.dataset) }),
  });
}

/** The raw columns a model asks for, in the order of its ONNX input. */
export function onnxInputs({ chain, features }: RidgeModelArtifact): ReturnType<typeof chainInputs> {
  return chainInputs(chain, features);
}

function addInputs(graph: Graph, artifact: RidgeModelArtifact): Columns {
  const inputs = onnxInputs(artifact);
  const numbers = inputs.filter(({ holds }) => holds === 'numbers').map(({ name }) => name);
  if (numbers.length === inputs.length)
    return { names: numbers, matrix: graph.input(ONNX_INPUT, [numbers.length], 'numbers'), texts: new Map() };
  const upright = graph.int64s([1]);
  const values = inputs.map(({ name, holds }) => ({
    name,
    holds,
    value: graph.node('Unsqueeze', [graph.input(name, [], holds), upright]),
  }));
  const numeric = values.filter(({ holds }) => holds === 'numbers').map(({ value }) => value);
  const texts = values.filter(({ holds }) => holds === 'text');
  return {
    names: numbers,
    matrix: numeric.length === 0 ? undefined : graph.node('Concat', numeric, { axis: 1 }),
    texts: new Map(texts.map(({ name, value }) => [name, value])),
  };
}
