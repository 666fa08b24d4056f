/** The call of a kernel thread: one range of one numeric phase at a time. It reads its own rows. */
import { toErrorInfo } from '../../contracts/errors.ts';
import { threadServices } from '../../contracts/ports.ts';
import type { StepRecipe, Table, TableSource } from '../../contracts/table.ts';
import type { Core } from '../../core/core.ts';
import { defaultCore } from '../../core/default-core.ts';
import { foldRange, type FoldRange } from '../../core/fold-range.ts';
import { leaveOneOutRange, type LeaveOneOutRange } from '../../core/leave-one-out-range.ts';
import { ridgeRange, type RidgeRange } from '../../core/ridge-range.ts';
import { scalerRange, type ScalerRange } from '../../core/scaler-range.ts';
import { withSteps } from '../../core/table-steps.ts';
import {
  columnRange,
  encodeRange,
  fileIdentity,
  openTable,
  tableFromColumns,
  type ColumnRange,
  type EncodeRange,
} from '../../data/table/index.ts';
import type { Answer, KernelCall } from '../pool/messages.ts';
import { adoptModules, settings, threadStore } from './thread-store.ts';

type Phase = (job: never, core: Core) => Promise<unknown>;

const PHASES: Readonly<Record<string, Phase>> = {
  'ridge.range': async (job: RidgeRange, core) => ridgeRange(core, await open(job.table, core), job),
  'fold.range': async (job: FoldRange, core) => foldRange(core, await open(job.table, core), job),
  'leave-one-out.range': async (job: LeaveOneOutRange, core) => leaveOneOutRange(await open(job.table, core), job),
  'scaler.range': async (job: ScalerRange, core) => scalerRange(core, await open(job.table, core), job),
  'column.range': async (job: ColumnRange, core) => columnRange(await open(job.table, core), job),
  meet: async (job: { here: Int32Array; threads: number }) => meet(job),
  'parquet.range': async (job: EncodeRange, core) => {
    const group = await encodeRange(await open(job.table, core), job);
    return group && { ...group, release: undefined };
  },
};

export async function runPhase({ modules, phase, job }: KernelCall): Promise<Answer<unknown>> {
  try {
    adoptModules(modules);
    threadServices().batchRows = settings.batchRows;
    const core = await (warm ??= defaultCore().then(warmUp));
    return { ok: true, value: await PHASES[phase]!(job as never, core) };
  } catch (error) {
    opened.clear(); // a file may be another by the next time
    return { ok: false, error: toErrorInfo(error) };
  }
}

let warm: Promise<Core> | undefined;

/** A tiny fit, so that the first real range does not wait for the engine to compile the kernels it needs. */
function warmUp(core: Core): Core {
  const x = Array.from({ length: 4 }, (_, j) => Float64Array.from({ length: 16 }, (_, i) => (i * (j + 3)) % 7));
  const fit = core.ridgeFit({ p: x.length, alphas: [0.1, 1] });
  do fit.push(x, x[0]!);
  while (fit.next());
  fit.finish();
  return core;
}

/** Comes back when every thread is here: so none of them has yet to start. */
function meet({ here, threads }: { here: Int32Array; threads: number }): void {
  Atomics.add(here, 0, 1);
  Atomics.notify(here, 0);
  for (let count = Atomics.load(here, 0); count < threads; count = Atomics.load(here, 0)) {
    if (Atomics.wait(here, 0, count, MEET_MS) === 'timed-out') return;
  }
}

const MEET_MS = 10_000;

/** Tables made before: a pass asks for many ranges of one, and a fit for several passes. */
const opened = new Map<string, Promise<Table>>();
const KEPT_TABLES = 4;

async function open({ name, from, steps }: TableSource, core: Core): Promise<Table> {
  const recipes = (): StepRecipe[] => JSON.parse(steps) as StepRecipe[];
  if (from.location === 'memory') {
    const { columns, firstRow } = from;
    return withSteps(core, tableFromColumns(columns, { name, firstRow }), recipes());
  }
  const content = from.location === 'path' ? fileIdentity(from.key) : from.sha256;
  const id = JSON.stringify([name, from.location, from.key, from.sizeBytes, content, steps]);
  const known = opened.get(id);
  if (known !== undefined) return known;
  const [oldest] = opened.keys();
  if (opened.size >= KEPT_TABLES && oldest !== undefined) opened.delete(oldest);
  const table = threadStore()
    .then((store) => openTable(from, store, name))
    .then((beneath) => withSteps(core, beneath, recipes()));
  opened.set(id, table);
  table.catch(() => opened.delete(id));
  return table;
}
