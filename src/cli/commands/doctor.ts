import type { Command } from 'commander';
import { EXIT_CODES, toErrorInfo } from '../../contracts/errors.ts';
import { createBucket } from '../../data/store/index.ts';
import type { CliContext } from '../context.ts';
import { CHECKS } from '../doctor-checks.ts';
import { painter, printJson } from '../output.ts';

interface Diagnosis {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly remedy?: string;
}

export function register(command: Command, context: CliContext): void {
  command
    .option('--create-bucket', 'make the bucket or folder of the store first')
    .addHelpText(
      'after',
      `
Tries what pipelines need: Node, the numeric core, threads, the home, the store (by racing writes of a _probe- object,
which it removes again), clocks, data files. The exit code is that of the first check that fails.

Examples:
  ridgeline doctor
  ridgeline doctor --store s3://my-bucket --create-bucket
`,
    )
    .action((options: { createBucket?: boolean }) => examine(options.createBucket === true, context));
}

async function examine(createsBucket: boolean, context: CliContext): Promise<void> {
  if (createsBucket) {
    const made = await createBucket(context.storeUrl, context.env);
    context.stderr.write(`${context.storeUrl} ${made ? 'made' : 'is there already'}\n`);
  }
  const diagnoses: Diagnosis[] = [];
  for (const [name, find] of CHECKS) {
    try {
      const finding = await find(context);
      if (finding !== undefined) diagnoses.push({ name, ...finding });
    } catch (thrown) {
      const { kind, message, remedy } = toErrorInfo(thrown);
      diagnoses.push({ name, state: 'failed', detail: message, ...(remedy !== undefined && { remedy }) });
      if (context.exitCode === 0) context.exitCode = EXIT_CODES[kind];
    }
  }
  if (context.json) printJson(context, { ok: context.exitCode === 0, checks: diagnoses });
  else context.stdout.write(`${format(diagnoses, context)}\n`);
}

function format(diagnoses: readonly Diagnosis[], context: CliContext): string {
  const paint = painter(context, context.stdout);
  const colours = { ok: 'green', warning: 'yellow', failed: 'red' } as const;
  const width = Math.max(...diagnoses.map(({ name }) => name.length));
  return diagnoses
    .flatMap(({ name, state, detail, remedy }) => {
      const line = `${paint(colours[state], state.padEnd(7))}  ${name.padEnd(width)}  ${detail}`;
      return remedy === undefined ? [line] : [line, `${' '.repeat(width + 11)}${paint('dim', remedy)}`];
    })
    .join('\n');
}
