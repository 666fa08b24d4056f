import type { Command } from 'commander';
import { Option } from 'commander';
import { writeModel } from '../../core/model-write.ts';
import { writeOnnx } from '../../core/onnx/write-onnx.ts';
import type { CliContext } from '../context.ts';
import { openModel } from '../open-input.ts';
import { formatSize, printJson } from '../output.ts';
import { checkOut, refuseBoth, writeBodyTo } from '../table-output.ts';

/** What a model can be written as. */
const FORMATS = { onnx: writeOnnx, json: writeModel } as const;

interface Options {
  readonly format: keyof typeof FORMATS;
  readonly out?: string;
}

export function register(command: Command, context: CliContext): void {
  command
    .argument('<model>', 'model file, store key, models:/Name@alias, or what run printed')
    .addOption(new Option('--format <format>', 'what to write').choices(Object.keys(FORMATS)).makeOptionMandatory())
    .option('--out <file>', 'file to write, or - for standard output (default: model.<format>)')
    .addHelpText(
      'after',
      `
onnx: transformers and ridge in one graph of double precision, for any ONNX runtime. Its input are the raw columns.
json: the model itself.

Examples:
  ridgeline export model.json --format onnx --out model.onnx
  ridgeline export models:/Reg@staging --format json --out -
`,
    )
    .action((model: string, options: Options) => exportModel(model, options, context));
}

async function exportModel(
  word: string,
  { format, out = `model.${format}` }: Options,
  context: CliContext,
): Promise<void> {
  refuseBoth(context, out, 'export', 'the model');
  await checkOut(out, context, { model: word });
  const model = await openModel(context, word);
  const written = FORMATS[format](model.artifact);
  const bytes = typeof written === 'string' ? new TextEncoder().encode(written) : written;
  await writeBodyTo(out, bytes, context);
  if (context.json) printJson(context, { out, format, sizeBytes: bytes.length });
  else if (out !== '-') context.stderr.write(`${formatSize(bytes.length)} written to ${out}\n`);
}
