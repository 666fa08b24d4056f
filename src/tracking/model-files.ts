import { createHash } from 'node:crypto';
import type { RidgeModelArtifact } from '../contracts/model.ts';
import type { Table } from '../contracts/table.ts';
import { writeModel } from '../core/model-write.ts';
import { ONNX_OUTPUT, onnxInputs, writeOnnx } from '../core/onnx/write-onnx.ts';

/** Our own artifact in the folder: what `ridgeline predict models:/…` reads. */
export const ARTIFACT_FILE = 'ridgeline.json';

/** Rows of the input example. */
const EXAMPLE_ROWS = 5;

/** What MLflow loads an ONNX model with; versions are left to the reader, as the file asks for none of its own. */
const REQUIREMENTS = ['mlflow>=3', 'numpy', 'onnx', 'onnxruntime', 'pandas'];

/**
 * A model as the folder MLflow's `onnx` and `pyfunc` flavours load: `MLmodel` (YAML, of which JSON is a part), the graph,
 * what Python needs, an input example, and our own artifact. Text columns must reach `predict` as pandas' `object`:
 * MLflow 3.17 does not convert pandas 3's own text type for onnxruntime.
 *
 * @param options.run id of the tracked run, for the folder's own id
 * @param options.example a table of raw columns; its first rows are the input example
 */
export async function modelFiles(
  artifact: RidgeModelArtifact,
  options: { readonly run: string; readonly example?: Table | undefined },
): Promise<readonly { readonly name: string; readonly body: Uint8Array | string }[]> {
  const onnx = writeOnnx(artifact);
  const example = options.example === undefined ? undefined : await firstRows(options.example, onnxInputs(artifact));
  const requirements = REQUIREMENTS.join('\n');
  return [
    { name: 'MLmodel', body: json(describe(artifact, onnx, options.run, example !== undefined)) },
    { name: 'model.onnx', body: onnx },
    { name: ARTIFACT_FILE, body: writeModel(artifact) },
    { name: 'requirements.txt', body: `${requirements}\n` },
    { name: 'python_env.yaml', body: json({ dependencies: ['-r requirements.txt'] }) },
    {
      name: 'conda.yaml',
      body: json({
        name: 'mlflow-env',
        channels: ['conda-forge'],
        dependencies: ['python>=3.11', 'pip', { pip: REQUIREMENTS }],
      }),
    },
    ...(example === undefined
      ? []
      : [
          { name: 'input_example.json', body: json(example) },
          { name: 'serving_input_example.json', body: json({ dataframe_split: example }) },
        ]),
  ];
}

function describe(artifact: RidgeModelArtifact, onnx: Uint8Array, run: string, hasExample: boolean): object {
  const env = { conda: 'conda.yaml', virtualenv: 'python_env.yaml' };
  return {
    flavors: {
      onnx: { code: null, data: 'model.onnx', providers: ['CPUExecutionProvider'] },
      python_function: { data: 'model.onnx', env, loader_module: 'mlflow.onnx' },
    },
    metadata: { alpha: artifact.alpha, target: artifact.target, core_version: artifact.coreVersion },
    mlflow_version: '3.0.0', // the oldest whose folder this is
    model_size_bytes: onnx.length,
    model_uuid: createHash('sha256').update(run).update(onnx).digest('hex').slice(0, 32),
    ...(hasExample && {
      saved_input_example_info: {
        artifact_path: 'input_example.json',
        pandas_orient: 'split',
        serving_input_path: 'serving_input_example.json',
        type: 'dataframe',
      },
    }),
    signature: {
      inputs: JSON.stringify(onnxInputs(artifact).map(signatureColumn)),
      outputs: JSON.stringify([signatureColumn({ name: ONNX_OUTPUT, holds: 'numbers' })]),
      params: null,
    },
  };
}

type Input = ReturnType<typeof onnxInputs>[number];

function signatureColumn({ name, holds }: Input): object {
  return { type: holds === 'text' ? 'string' : 'double', name, required: true };
}

async function firstRows(
  table: Table,
  inputs: readonly Input[],
): Promise<{ columns: readonly string[]; data: unknown[][] }> {
  const columns = inputs.map(({ name }) => name);
  const data: unknown[][] = [];
  for await (const batch of table.batches({ columns, rows: [0, EXAMPLE_ROWS] })) {
    const values = inputs.map(({ name, holds }) => (holds === 'text' ? batch.utf8(name) : batch.float64(name)));
    for (let row = 0; row < batch.numRows && data.length < EXAMPLE_ROWS; row++)
      data.push(values.map((column) => column[row]));
  }
  return { columns, data };
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
