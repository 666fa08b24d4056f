import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { RidgelineError } from '../contracts/errors.ts';
import type { RidgeModelArtifact } from '../contracts/model.ts';
import type { Table } from '../contracts/table.ts';
import { KeptRidge } from '../core/estimators/kept-ridge.ts';
import { readModel } from '../core/model-read.ts';
import { writeModel } from '../core/model-write.ts';
import { withFileLock } from '../engine/state/file-lock.ts';
import type { CliContext } from './context.ts';
import { interruptible } from './interrupt.ts';
import { withKernelThreads } from './kernel-threads.ts';
import { withRemedy } from './remedies.ts';
import { writeBodyTo } from './table-output.ts';

export interface UpdateOptions {
  /** Where the model goes; default where it was. */
  readonly out?: string | undefined;
  /** Most bytes the process may hold, as `--memory`. */
  readonly memory?: string | undefined;
}

/**
 * Adds rows to a model that keeps its statistics. Of several at once on one model each waits for those before it, and adds
 * to what they made.
 *
 * @param word path of the model; its state lies beside it
 * @param open the rows to add, as they are to be fitted: given target, features and weights
 * @throws {RidgelineError} NO_INPUT, NOT_A_MODEL, NO_STATE, STATE_MISMATCH; as `KeptRidge`
 */
export async function updateModel(
  context: CliContext,
  word: string,
  open: (columns: readonly string[]) => Promise<Table>,
  { out = word, memory }: UpdateOptions = {},
): Promise<RidgeModelArtifact> {
  const path = resolve(context.cwd, word);
  const update = async (): Promise<RidgeModelArtifact> => {
    const before = readModel(await readText(path, word), word);
    const kept = await readKept(path, before, word);
    const { features, target, sampleWeight } = kept.options;
    const columns = [...features, target, ...(sampleWeight === undefined ? [] : [sampleWeight])];
    const shape = { columns: columns.length, written: 0, keptBytes: 0 };
    await withKernelThreads(context, { memory, shape }, async () => {
      const rows = await open(columns);
      await appendRows(context, [kept], rows);
    });
    const after = await writeKept(context, kept, out);
    const state = join(dirname(path), before.state!.file);
    // In its place: nothing points to the old statistics any more. Those of another name are of a model that was copied.
    const isOwn = before.state!.file === stateFile(out, before.state!.sha256);
    if (resolve(context.cwd, out) === path && isOwn && after.state!.file !== before.state!.file)
      await rm(state, { force: true });
    return after;
  };
  const onWaiting = (): unknown =>
    context.stderr.write(`ridgeline: another process is updating ${word}: waiting for its end\n`);
  return withFileLock(await updateLock(path), update, { onWaiting, signal: context.signal });
}

/**
 * Adds rows to fits on the same features, in one read.
 *
 * @throws {RidgelineError} as `KeptRidge.appendTo`; MISSING_VALUE with what can be done here, where nothing is imputed
 */
export async function appendRows({ signal }: CliContext, fits: readonly KeptRidge[], rows: Table): Promise<void> {
  const remedy = 'leave such rows out with --drop-missing, or fill them first: a kept state does not impute';
  await withRemedy(
    ({ code }) => (code === 'MISSING_VALUE' ? remedy : undefined),
    () => interruptible(signal, () => KeptRidge.appendTo(fits, rows)),
  );
}

/**
 * The lock of a model's updates: not beside it, where it would stay, but in the system's folder for what is of the moment.
 * By number of the user, who in a container need not have a name.
 */
export async function updateLock(model: string): Promise<string> {
  const path = await realpath(model).catch(() => model);
  return join(tmpdir(), `ridgeline-${process.getuid?.() ?? 0}-${hash(Buffer.from(path)).slice(0, 16)}.lock`);
}

/**
 * Writes a model and, before it, its statistics under a name made from their content. The model names them by that and by
 * SHA-256, so they belong together whatever ends the process in between: until the new model is in its place, by one rename,
 * the old one stands with its own statistics untouched.
 */
export async function writeKept(context: CliContext, kept: KeptRidge, out: string): Promise<RidgeModelArtifact> {
  const fitted = kept.finish();
  const bytes = kept.save();
  const sha256 = hash(bytes);
  const file = stateFile(out, sha256);
  const artifact = { ...fitted, state: { file, sha256 } };
  const beside = join(dirname(out), file);
  const isNew = !existsSync(resolve(context.cwd, beside));
  await writeBodyTo(beside, bytes, context);
  try {
    await writeBodyTo(out, writeModel(artifact), context);
  } catch (error) {
    if (isNew) await rm(resolve(context.cwd, beside), { force: true });
    throw error;
  }
  return artifact;
}

/** Name of a model's statistics, in the folder of the model. */
export const stateFile = (model: string, sha256: string): string =>
  `${basename(model).replace(/\.json$/, '')}.${sha256.slice(0, 12)}.state`;

async function readKept(path: string, model: RidgeModelArtifact, word: string): Promise<KeptRidge> {
  const { state } = model;
  if (state === undefined) {
    throw new RidgelineError('NO_STATE', 'content', `${word}: expected a model that keeps the statistics of its rows`, {
      remedy: 'fit it on all rows with --keep-state once; the rows alone cannot be had from a model',
      position: { file: word },
    });
  }
  const name = join(dirname(word), state.file);
  const bytes = await readFile(join(dirname(path), state.file)).catch((cause: unknown) => {
    throw new RidgelineError('NO_STATE', 'store', `${name}: cannot read the statistics that ${word} names`, {
      remedy: 'keep the .state file in the folder of its model, or fit all rows again with --keep-state',
      position: { file: name },
      cause,
    });
  });
  const kept = await KeptRidge.resume(bytes, name);
  const got = hash(bytes);
  if (got !== state.sha256) {
    throw mismatch(
      name,
      `${word} names statistics with SHA-256 ${state.sha256.slice(0, 12)}…, got ${got.slice(0, 12)}…`,
    );
  }
  const { features, target, sampleWeight, folds, scale, fitIntercept, alphas, scoring } = kept.options;
  const pairs: readonly [string, unknown, unknown][] = [
    ['features', model.features, features],
    ['target', model.target, target],
    ['weights', model.sampleWeight, sampleWeight],
    ['folds', model.folds?.count, folds],
    ['scaling', model.chain.length > 0, scale],
    ['fitIntercept', model.fitIntercept, fitIntercept],
    ['alphas', model.alphas, alphas],
    ['scoring', model.scoring, scoring],
  ];
  for (const [what, wanted, has] of pairs) {
    const [expected, found] = [JSON.stringify(wanted), JSON.stringify(has)];
    if (expected !== found)
      throw mismatch(name, `${what} of ${word} are ${expected}, those of the statistics ${found}`);
  }
  return kept;
}

async function readText(path: string, word: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new RidgelineError('NO_INPUT', 'store', `--update: cannot read ${word}`, {
      remedy: 'give the path of a model that fit --keep-state wrote',
      position: { file: word },
      cause,
    });
  }
}

function mismatch(name: string, what: string): RidgelineError {
  return new RidgelineError('STATE_MISMATCH', 'content', `${name} does not belong to the model: ${what}`, {
    remedy: 'put model and statistics of one fit side by side, or fit all rows again with --keep-state',
    position: { file: name },
  });
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
