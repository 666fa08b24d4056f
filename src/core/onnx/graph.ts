import { Message } from './protobuf.ts';

/** Numbers of `onnx.proto` (TensorProto.DataType). */
const INT64 = 7;
const STRING = 8;
const DOUBLE = 11;

/** Version of the default domain's operators: what every runtime of today has; text is compared since the later one. */
const OPSET = 17;
const OPSET_WITH_TEXT = 19;
/** File format of that time. */
const IR_VERSION = 9;

/** A value of the graph: the name of an input, a constant or a node's output. */
export type Value = string;

/** An ONNX graph under construction; field numbers are those of `onnx.proto`. */
export class Graph {
  readonly #nodes: Message[] = [];
  readonly #constants: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  #count = 0;
  #hasText = false;

  /** An input of rows and these further dimensions. */
  input(name: string, dims: readonly number[], holds: 'numbers' | 'text'): Value {
    this.#hasText ||= holds === 'text';
    this.#inputs.push(valueInfo(name, dims, holds === 'text' ? STRING : DOUBLE));
    return name;
  }

  output(name: string, dims: readonly number[]): void {
    this.#outputs.push(valueInfo(name, dims, DOUBLE));
  }

  /** A constant f64 tensor; `values` in row-major order. */
  doubles(dims: readonly number[], values: readonly number[]): Value {
    const raw = new DataView(new ArrayBuffer(8 * values.length));
    values.forEach((value, i) => raw.setFloat64(8 * i, value, true));
    return this.#constant(dims, DOUBLE, (tensor) => tensor.bytes(9, new Uint8Array(raw.buffer)));
  }

  int64s(values: readonly number[]): Value {
    const raw = new DataView(new ArrayBuffer(8 * values.length));
    values.forEach((value, i) => raw.setBigInt64(8 * i, BigInt(value), true));
    return this.#constant([values.length], INT64, (tensor) => tensor.bytes(9, new Uint8Array(raw.buffer)));
  }

  texts(dims: readonly number[], values: readonly string[]): Value {
    return this.#constant(dims, STRING, (tensor) => values.forEach((value) => tensor.text(6, value)));
  }

  /** One operation; its output is named by the caller or anew. Integer attributes only. */
  node(
    operator: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, number>> = {},
    output = `v${this.#count++}`,
  ): Value {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(4, operator);
    for (const [name, value] of Object.entries(attributes))
      node.message(5, new Message().text(1, name).int(3, value).int(20, 2)); // AttributeProto.INT
    this.#nodes.push(node);
    return output;
  }

  /** The bytes of a model file. */
  finish(name: string, producer: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, name);
    for (const constant of this.#constants) graph.message(5, constant);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    const model = new Message().int(1, IR_VERSION).text(2, producer).message(7, graph);
    model.message(8, new Message().text(1, '').int(2, this.#hasText ? OPSET_WITH_TEXT : OPSET));
    for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
    return model.finish();
  }

  #constant(dims: readonly number[], type: number, fill: (tensor: Message) => void): Value {
    const name = `c${this.#constants.length}`;
    const tensor = new Message();
    for (const dim of dims) tensor.int(1, dim);
    fill(tensor.int(2, type).text(8, name));
    this.#constants.push(tensor);
    return name;
  }
}

/** The first dimension is the rows, of any number. */
function valueInfo(name: string, dims: readonly number[], type: number): Message {
  const shape = new Message().message(1, new Message().text(2, 'rows'));
  for (const dim of dims) shape.message(1, new Message().int(1, dim));
  const tensor = new Message().int(1, type).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
