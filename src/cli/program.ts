import { Command, CommanderError } from 'commander';
import { EXIT_CODES, RidgelineError, toErrorInfo } from '../contracts/errors.ts';
import { COMMANDS } from './commands.ts';
import { loadConfig } from './config.ts';
import { createContext } from './context.ts';
import { onInterrupt } from './interrupt.ts';
import { packageVersion } from './package-version.ts';

const DESCRIPTION = 'Machine-learning pipelines over versioned datasets, with the arithmetic in WebAssembly.';

const EXAMPLES = `
Examples:
  ridgeline run housing                                   both housing pipelines, end to end
  ridgeline run housing --store s3://my-bucket --json     the same in a bucket, for a script
  ridgeline dataset list                                  what has been published

Exit codes: 0 ok, 1 a run failed, 2 usage or configuration, 3 store or network, 4 content of data, 130 interrupted.
`;

/** Parses the command line, runs the one command it names, and ends the process with the code of what came of it. */
export async function main(process: NodeJS.Process): Promise<void> {
  const chosen = chosenCommand(process.argv.slice(2));
  const program = new Command('ridgeline')
    .description(DESCRIPTION)
    .option('--config <file>', 'settings (default: ridgeline.config.ts in this folder, if there)')
    .option('--home <dir>', 'state and cache (RIDGELINE_HOME; default .ridgeline)')
    .option('--store <url>', 'folder or s3://bucket/prefix (RIDGELINE_STORE; default <home>/store)')
    .option('--threads <n>', 'kernel threads (RIDGELINE_THREADS; default: one per core)')
    .option('--json', 'print one JSON document')
    .version(packageVersion())
    .addHelpText('after', EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
      outputError: (text, write) => write(`${text.replace(/^error: /, 'ridgeline: ')}${remedyFor(text, chosen)}`),
    })
    .showSuggestionAfterError()
    .exitOverride();

  const context = createContext(program, process, onInterrupt(process));
  program.hook('preAction', async (_, command) => {
    for (const each of [program, command]) refuseEmpty(each);
    // init makes one: what is there may be a project whose packages are not installed yet.
    if (command.name() === 'init') return;
    context.config = await loadConfig(context.cwd, program.opts()['config'] as string | undefined);
  });
  try {
    for (const entry of COMMANDS) {
      const command = program.command(entry.name).description(entry.summary).copyInheritedSettings(program);
      if (entry.name === chosen) (await entry.load()).register(command, context);
    }
    await program.parseAsync(process.argv);
    await ended(process, context.exitCode);
  } catch (error) {
    await ended(process, report(error, process));
  }
}

/** The first word that is the name of a command: only that one's code is loaded. */
function chosenCommand(words: readonly string[]): string | undefined {
  const names = new Set(COMMANDS.map((entry) => entry.name));
  const first = words.find((word) => names.has(word));
  return first;
}

/** What to do about a command line that commander refused; its own suggestion, where it has one, is the better. */
function remedyFor(text: string, chosen: string | undefined): string {
  if (text.includes('(Did you mean')) return '';
  return `  ridgeline ${chosen === undefined ? '' : `${chosen} `}--help says what there is\n`;
}

/** An option with an empty value, mostly a variable of the shell that is not set, is not the option left out. */
function refuseEmpty(command: Command): void {
  const given = command.opts<Record<string, unknown>>();
  const empty = command.options.find(
    (option) => given[option.attributeName()] === '' && !option.flags.endsWith('<text>'),
  );
  if (empty === undefined) return;
  throw new RidgelineError('USAGE', 'usage', `${empty.long}: expected a word, got an empty one`, {
    remedy: 'leave the option out, or set the variable that it is to come from',
  });
}

/** One line for the cause, one for the remedy. Returns the exit code. */
function report(error: unknown, process: NodeJS.Process): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
  const info = toErrorInfo(error);
  const message = RidgelineError.is(error) ? info.message : `unexpected: ${info.message} (a fault of ridgeline's own)`;
  process.stderr.write(`ridgeline: ${message}\n${info.remedy === undefined ? '' : `  ${info.remedy}\n`}`);
  if (process.env['RIDGELINE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT_CODES[info.kind];
}

/** Waits for what was printed to be out, then ends: threads and sockets still open must not hold the process. */
async function ended(process: NodeJS.Process, code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
  // What could not be written is reported at the next tick.
  if (process.stdout.errored) await new Promise(setImmediate);
  process.exit(code);
}
