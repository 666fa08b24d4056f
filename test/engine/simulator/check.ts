import type { DagDefinition, TaskDefinition } from '../../../src/contracts/definition.ts';
import type { Commit } from '../../../src/contracts/log.ts';
import { openCommitLog } from '../../../src/data/store/commit-log.ts';
import { checkHooks } from './check-hooks.ts';
import { choiceOf, failuresOf, listOf } from './executor.ts';
import { CRON_MS } from './program.ts';
import type { SimHome } from './sim-home.ts';
import type { Simulation } from './simulate.ts';
import { statesOf } from './trace.ts';

function must(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Error(what);
}

async function readLog({ shared }: Simulation): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  for await (const commit of openCommitLog(shared).tail(0)) commits.push(commit);
  return commits;
}

/** Of the store alone: dense ids, versions without gaps, every publish once, copies of the newest commit. */
export async function checkLog(simulation: Simulation): Promise<void> {
  for (const home of simulation.homes) {
    if (home.faults.length > 0) throw new Error(`${home.name} failed`, { cause: home.faults[0] });
  }
  const commits = await readLog(simulation);
  const versions = new Map<string, number>();
  const origins = new Set<string>();
  const exports = new Map<string, { home: string; value: unknown }>();
  for (const [i, { id, home, origin, versions: published, exports: named }] of commits.entries()) {
    must(id === i + 1, `commit ${id} is at ${i + 1}`);
    const key = origin.type === 'task' ? [origin.run, ...origin.tasks].join(' ') : `key ${origin.idempotencyKey}`;
    must(!origins.has(key), `${key} has published twice (R11)`);
    origins.add(key);
    for (const { dataset, version } of published) {
      must(
        version === (versions.get(dataset) ?? 0) + 1,
        `${dataset}@${version} follows ${versions.get(dataset)} (R12)`,
      );
      versions.set(dataset, version);
    }
    for (const { key: name, value } of named) exports.set(name, { home, value });
  }
  for (const key of simulation.acknowledged)
    must(origins.has(`key ${key}`), `the publish of ${key} was acknowledged and is lost`);
  const removed = new Set(
    commits.flatMap((each) => each.removed ?? []).map(({ dataset, version }) => `${dataset}@${version}`),
  );
  for (const { dataset, version, value } of commits.flatMap((each) => each.versions)) {
    if (value.kind !== 'file' || removed.has(`${dataset}@${version}`)) continue;
    must((await simulation.shared.head(value.key)) !== undefined, `the content of ${dataset}@${version} is gone`);
  }
  const living = new Set(simulation.homes.map(({ file }) => file.id));
  for (const [key, { home, value }] of exports) {
    if (!living.has(home)) continue; // whose copy it was has lost its database
    const there = new TextDecoder().decode(await simulation.shared.get(key));
    must(there === JSON.stringify(value), `${key} is not what the newest commit says (R18)`);
  }
  for (const home of simulation.homes) {
    const rows = home.file.all('SELECT id FROM commits ORDER BY id');
    must(rows.length === commits.length, `${home.name} has applied ${rows.length} of ${commits.length} commits (R17)`);
    checkPublished(simulation, home, commits);
  }
}

export interface RunRow {
  seq: number;
  id: string;
  dag: string;
  state: string;
  inputs: string;
  run_trigger: string;
  emit: number;
  cancel: string | null;
  error: string | null;
}

export interface TaskRow {
  run: string;
  task: string;
  map_index: number;
  state: string;
  failures: number;
  error: string | null;
  note: string | null;
}

interface Inbox {
  dag: string;
  dataset: string;
  version: number;
  commit_id: number;
  state: string;
  run: string | null;
  reason: string | null;
}

/** What a home has recorded in the end. */
export interface Records {
  readonly runs: readonly RunRow[];
  /** By run. */
  readonly tasks: ReadonlyMap<string, readonly TaskRow[]>;
}

function readRecords({ file }: SimHome): Records {
  const rows = file.all<TaskRow>('SELECT * FROM tasks');
  return { runs: file.all<RunRow>('SELECT * FROM runs ORDER BY seq'), tasks: Map.groupBy(rows, ({ run }) => run) };
}

/** Every run that should have published did, once, and no other (R2). */
function checkPublished({ seed }: Simulation, home: SimHome, commits: readonly Commit[]): void {
  const records = readRecords(home);
  for (const run of records.runs) {
    const dag = home.pipelines.find(({ id }) => id === run.dag)!;
    const versions = commits
      .filter(({ origin }) => origin.type === 'task' && origin.run === run.id && origin.dag === run.dag)
      .flatMap((commit) => commit.versions);
    const published = versions.map(({ dataset }) => dataset);
    const foreign = versions.find(({ inputs }) => JSON.stringify(inputs) !== run.inputs);
    must(foreign === undefined, `run ${run.id} did not read what its ${foreign?.dataset} was made from`);
    const tasks = records.tasks.get(run.id) ?? [];
    const expected = dag.tasks.flatMap((task) => {
      const row = tasks.find((each) => each.task === task.id)!;
      const kept = row.note?.startsWith('kept') ?? false;
      const unchanged = row.note?.startsWith('unchanged') ?? false;
      const visible =
        row.state === 'success' && run.emit === 1 && (dag.emitOn === 'run' ? run.state === 'success' : !kept);
      return visible && !unchanged ? Object.values(task.outlets) : [];
    });
    must(
      published.toSorted().join() === expected.toSorted().join(),
      `seed ${seed}: run ${run.id} of ${run.dag} (${run.state}) has published [${published}], not [${expected}] (R2)`,
    );
  }
}

/** Of one home: nothing open, nothing stranded, every event used once, every run as the script says. */
export function checkHome({ seed, world }: Simulation, home: SimHome): void {
  const records = readRecords(home);
  const { runs } = records;
  for (const { id, state } of runs) must(state === 'success' || state === 'failed', `run ${id} is still ${state}`);
  const open = home.file.all(`SELECT * FROM attempts WHERE state = 'running'`);
  must(open.length === 0, `${open.length} attempts are still running`);

  const inbox = home.file.all<Inbox>('SELECT * FROM inbox ORDER BY commit_id, id');
  for (const dag of home.pipelines) {
    const rows = inbox.filter((row) => row.dag === dag.id);
    checkEvents(home, dag, rows);
    const own = runs.filter((run) => run.dag === dag.id);
    checkConsumption(dag, rows, own);
    for (const run of own) checkLineage(home, run, rows);
    checkCron(home, dag, own, world.now);
  }
  checkDeaths(home, records);
  checkHooks(home, records);
  for (const run of runs) checkRun(seed, home, records, run);
  for (const [id, before] of home.ended) {
    const now = (records.tasks.get(id) ?? []).map(({ task, map_index, state }) => ({
      id: task,
      mapIndex: map_index,
      state,
    }));
    must(statesOf(now) === before, `run ${id} had ended and was changed: ${before}, now ${statesOf(now)} (R3)`);
  }
  for (const { run: id, pinned } of home.attempts) {
    const inputs = JSON.parse(runs.find((run) => run.id === id)!.inputs) as Record<string, number>;
    for (const [name, { version }] of Object.entries(pinned)) {
      must(inputs[name] === version, `an attempt of ${id} saw ${name}@${version} (R5)`);
    }
  }
}

/** Nothing dropped: every version since it subscribed is in its inbox; what is pending does not fire (R6, R8, R10). */
function checkEvents(home: SimHome, dag: DagDefinition, rows: readonly Inbox[]): void {
  const names = namesIn(dag.schedule.datasets);
  for (const dataset of names) {
    const since = home.file.since.get(dag.id);
    must(since !== undefined, `${dag.id} was never subscribed`);
    const versions = home.file.all<{ version: number }>(
      `WITH there AS (SELECT * FROM versions WHERE dataset = ?1 AND coalesce(removed_by, 1e9) > ?2)
       SELECT version FROM there WHERE commit_id > ?2 OR ?3 = 'beginning' OR (?3 = 'latest' AND version =
       (SELECT max(version) FROM there WHERE commit_id <= ?2)) ORDER BY version`,
      dataset,
      since,
      dag.from,
    );
    const there = new Set(rows.filter((row) => row.dataset === dataset).map(({ version }) => version));
    for (const { version } of versions) must(there.has(version), `${dag.id} never heard of ${dataset}@${version}`);
  }
  for (const { dataset, version, reason } of rows.filter(({ state }) => state === 'skipped')) {
    const newer = rows.some((row) => row.dataset === dataset && row.version > version);
    const allowed = reason!.startsWith('came while paused')
      ? dag.onResume === 'skip' || (dag.onResume === 'latest' && newer)
      : isRemoved(home, dataset, version);
    must(allowed, `${dag.id} has skipped ${dataset}@${version}: ${reason} (R6, R10)`);
  }
  const pending = new Set(rows.filter(({ state }) => state === 'pending').map(({ dataset }) => dataset));
  must(!holds(dag.schedule.datasets, pending), `${dag.id} has pending events of ${[...pending]} and did not run (R8)`);
}

/** Each run consumed what makes its schedule true, in order, as `consume` says (R7, R9). */
function checkConsumption(dag: DagDefinition, rows: readonly Inbox[], runs: readonly RunRow[]): void {
  const last = new Map<string, number>();
  for (const run of runs) {
    const { type } = JSON.parse(run.run_trigger) as { type: string };
    const mine = rows.filter((row) => row.run === run.id);
    const consumed = mine.filter(({ state }) => state === 'consumed');
    const superseded = mine.filter(({ state }) => state === 'superseded');
    if (type !== 'dataset') {
      must(mine.length === 0, `run ${run.id} was asked for by hand and used events`);
      continue;
    }
    must(
      holds(dag.schedule.datasets, new Set(consumed.map(({ dataset }) => dataset))),
      `run ${run.id} fired on ${JSON.stringify(consumed)} (R9)`,
    );
    const inputs = JSON.parse(run.inputs) as Record<string, number>;
    for (const dataset of new Set(consumed.map((row) => row.dataset))) {
      const versions = consumed.filter((row) => row.dataset === dataset).map(({ version }) => version);
      must(
        inputs[dataset] === Math.max(...versions),
        `run ${run.id} consumed ${dataset}@${versions} and is pinned to ${inputs[dataset]} (R5)`,
      );
      must(
        dag.consume === 'all' || versions.length === 1,
        `run ${run.id} consumed ${versions.length} of ${dataset} (R7)`,
      );
      must(Math.min(...versions) > (last.get(dataset) ?? 0), `run ${run.id} went back in ${dataset} (R4)`);
      last.set(dataset, Math.max(...versions));
    }
    must(
      dag.consume === 'latest' || superseded.length === 0,
      `run ${run.id} superseded events under ${dag.consume} (R7)`,
    );
    for (const { dataset, version } of superseded)
      must(version < inputs[dataset]!, `run ${run.id} superseded ${dataset}@${version}`);
  }
  for (const { state, run, dataset, version } of rows) {
    const owned = state === 'consumed' || state === 'superseded';
    must(owned === (run !== null), `${dag.id}: ${dataset}@${version} is ${state} by ${run}`);
  }
}

/** What a run reads beside what it consumed is what that was made from, if it was (R5). */
function checkLineage(home: SimHome, run: RunRow, rows: readonly Inbox[]): void {
  const consumed = rows.filter((row) => row.run === run.id && row.state === 'consumed');
  const ancestors = new Map<string, Set<number>>();
  const climb = (dataset: string, version: number): void => {
    const [{ inputs }] = home.file.all<{ inputs: string }>(
      'SELECT inputs FROM versions WHERE dataset = ? AND version = ?',
      dataset,
      version,
    ) as [{ inputs: string }];
    for (const [name, from] of Object.entries(JSON.parse(inputs) as Record<string, number>)) {
      ancestors.set(name, (ancestors.get(name) ?? new Set()).add(from));
      climb(name, from);
    }
  };
  const inputs = JSON.parse(run.inputs) as Record<string, number>;
  // Of several versions of one dataset the newest counts.
  for (const { dataset, version } of consumed) if (inputs[dataset] === version) climb(dataset, version);
  for (const [name, version] of Object.entries(inputs)) {
    const from = consumed.some(({ dataset }) => dataset === name) ? undefined : ancestors.get(name);
    if (from) must(from.has(version), `run ${run.id} reads ${name}@${version}, not one of ${[...from]} (R5)`);
  }
}

/** A task under which the process has died three times in a row is given up then, and for that alone. */
function checkDeaths(home: SimHome, { tasks }: Records): void {
  type Attempt = { run: string; task: string; map_index: number; attempt: number; state: string; error: string | null };
  const deaths = new Map<string, number>();
  for (const { run, task, map_index, attempt, state, error } of home.file.all<Attempt>('SELECT * FROM attempts')) {
    const key = `${run} ${task} ${map_index}`;
    const before = deaths.get(key) ?? 0;
    const stopped = home.stopped.has(`${key} ${attempt}`);
    must(
      !stopped || state !== 'lost' || error !== null,
      `attempt ${attempt} of ${key} was stopped, and counts as a death`,
    );
    must(before < 3, `${key} was tried again when the process had died ${before} times`);
    if (state === 'lost') deaths.set(key, before + (error === null ? 1 : 0));
    else deaths.delete(key);
  }
  for (const { run, task, map_index, error } of [...tasks.values()].flat()) {
    const died = deaths.get(`${run} ${task} ${map_index}`) ?? 0;
    must(isDeadly(error) === (died === 3), `${run} ${task} ${map_index}: ${died} deaths, and its error is ${error}`);
  }
}

export const isDeadly = (error: string | null): boolean => error?.includes('"PROCESS_DIED"') ?? false;

/** Looked at whenever something starts: no more at once than `maxActiveRuns`, `concurrency` and the slot allow. */
export function checkLimits(home: SimHome): void {
  const live = home.file.all<{ run: string; dag: string; task: string | null; running: number }>(
    `SELECT runs.id AS run, dag, task, count(*) AS running FROM runs LEFT JOIN tasks ON run = runs.id
     AND tasks.state = 'running' WHERE runs.state IN ('running', 'publishing') GROUP BY runs.id, task`,
  );
  let slot = 0;
  for (const dag of home.pipelines) {
    const own = live.filter((row) => row.dag === dag.id);
    must(new Set(own.map(({ run }) => run)).size <= dag.maxActiveRuns, `${dag.id} has more runs at once than it may`);
    for (const { run, task: id, running } of own) {
      const task = dag.tasks.find((each) => each.id === id);
      must(running <= (task?.concurrency ?? Infinity), `${run}.${id} has ${running} instances at once`);
      // What is recorded of a run that has not been taken up again died with the process before.
      if (task?.slots.length && home.live.has(run)) slot += running;
    }
  }
  must(slot <= 1, `${slot} tasks hold the slot`);
  const suspects = home.file.all<{ run: string; task: string; deaths: number; running: number }>(
    `SELECT run, task, count(*) AS deaths, (SELECT count(*) FROM tasks WHERE state = 'running') AS running
     FROM tasks JOIN attempts AS a USING (run, task, map_index)
     WHERE tasks.state = 'running' AND a.state = 'lost' AND a.error IS NULL AND a.attempt > (
       SELECT coalesce(max(attempt), 0) FROM attempts AS b WHERE b.state IN ('success', 'failed')
       AND b.run = a.run AND b.task = a.task AND b.map_index = a.map_index
     ) GROUP BY run, task, map_index HAVING count(*) >= 2`,
  );
  for (const { run, task, deaths, running } of suspects) {
    must(running === 1, `${run}.${task}: the process died ${deaths} times, and ${running - 1} run beside it`);
  }
}

/** A cron starts one run for a time, at times that it names, and waits for the next. */
function checkCron(home: SimHome, dag: DagDefinition, runs: readonly RunRow[], now: number): void {
  if (dag.schedule.cron === undefined) return;
  let last = 0;
  for (const { id, run_trigger: trigger } of runs) {
    const { type, at } = JSON.parse(trigger) as { type: string; at: string };
    if (type !== 'cron') continue;
    const time = Date.parse(at);
    must(time % CRON_MS === 0 && time > last, `run ${id} is of ${at}, after ${new Date(last).toISOString()}`);
    last = time;
  }
  const [row] = home.file.all<{ cron_at: number | null }>('SELECT cron_at FROM dags WHERE id = ?', dag.id);
  must((row!.cron_at ?? 0) > now + home.skew - 100, `${dag.id} has missed the time ${row!.cron_at} of its cron`);
}

/** What a run must come to, worked out from its script alone; crashes and outages cost no retry. */
function checkRun(seed: number, home: SimHome, records: Records, run: RunRow): void {
  const dag = home.pipelines.find(({ id }) => id === run.dag)!;
  const rows = records.tasks.get(run.id)!;
  if (run.cancel !== null || /"CANCELLED"/.test(run.error ?? '')) {
    // Asked for when all was done, it may have come too late.
    const late = rows.every(({ note }) => !/cancelled|took longer/.test(note ?? ''));
    must(late || run.state === 'failed', `run ${run.id} was given up and is ${run.state}`);
    return;
  }
  if (rows.some(({ error }) => error?.includes('"VERSION_REMOVED"'))) {
    must(readsRemoved(home, run), `run ${run.id} failed for a version that was not removed (R15)`);
    return;
  }
  const states = new Map<string, string>();
  const kept = new Set(rows.filter(({ note }) => note?.startsWith('kept')).map(({ task }) => task));
  for (const task of dag.tasks) {
    const own = rows.filter((row) => row.task === task.id);
    const dead = own.some(({ error }) => isDeadly(error));
    const scripted = (): string => expectedState(seed, run.id, kept, task, states, records, run);
    const expected = kept.has(task.id) ? own[0]!.state : dead ? 'failed' : scripted();
    states.set(task.id, expected);
    const actual = own.some(({ state }) => state === 'failed') ? 'failed' : own[0]!.state;
    must(actual === expected, `seed ${seed}: ${run.id} ${run.dag}.${task.id} is ${actual}, not ${expected}`);
    const ran = !kept.has(task.id) && ['success', 'failed'].includes(expected);
    for (const row of ran ? own : []) {
      if (task.over && row.map_index === -1) continue; // its list was empty
      const scripted = Math.min(failuresOf(seed, run.id, row.task, row.map_index), task.retries + 1);
      must(
        missesInput(task, run) || row.failures === scripted || (isDeadly(row.error) && row.failures < scripted),
        `${run.id}.${task.id} has spent ${row.failures} of its retries, not ${scripted}`,
      );
    }
  }
  const failed = [...states.values()].some((state) => state === 'failed' || state === 'upstream_failed');
  must((run.state === 'failed') === failed, `seed ${seed}: run ${run.id} is ${run.state}`);
}

function missesInput(task: TaskDefinition, run: RunRow): boolean {
  const inputs = JSON.parse(run.inputs) as Record<string, number>;
  return Object.values(task.inputs).some((input) => input.type === 'dataset' && inputs[input.dataset] === undefined);
}

function expectedState(
  seed: number,
  run: string,
  kept: ReadonlySet<string>,
  task: TaskDefinition,
  states: ReadonlyMap<string, string>,
  records: Records,
  row: RunRow,
): string {
  const upstream = [
    ...Object.values(task.inputs).flatMap((input) => (input.type === 'task' ? [input.task] : [])),
    ...task.after,
  ];
  if (task.when) upstream.push(task.when.branch);
  if (task.over && 'task' in task.over) upstream.push(task.over.task);
  const of = upstream.map((id) => states.get(id)!);
  if (task.when && states.get('way') === 'success') {
    const wayOf = kept.has('way') ? keptFrom(records, row, 'way') : run;
    if (choiceOf(seed, wayOf) !== task.when.choice) return 'skipped';
  }
  const verdict = verdictOf(task.triggerRule, of);
  if (verdict !== 'run') return verdict;
  if (missesInput(task, row)) return 'failed';
  const count =
    task.over &&
    ('items' in task.over ? task.over.items : listOf(seed, kept.has('list') ? keptFrom(records, row, 'list') : run))
      .length;
  const indexes = count === undefined ? [-1] : Array.from({ length: count }, (_, i) => i);
  return indexes.some((i) => failuresOf(seed, run, task.id, i) > task.retries) ? 'failed' : 'success';
}

/** Airflow's trigger rules, once all that is upstream has ended. */
function verdictOf(rule: TaskDefinition['triggerRule'], upstream: readonly string[]): string {
  const failed = upstream.some((state) => state === 'failed' || state === 'upstream_failed');
  const skipped = upstream.filter((state) => state === 'skipped').length;
  if (rule === 'all_done') return 'run';
  if (rule === 'one_failed') return failed ? 'run' : 'skipped';
  if (failed) return 'upstream_failed';
  if (rule === 'all_success') return skipped > 0 ? 'skipped' : 'run';
  return rule === 'none_failed_min_one_success' && skipped === upstream.length ? 'skipped' : 'run';
}

/** The run that what a rerun has kept of a task was first made by. */
function keptFrom(records: Records, row: RunRow, task: string): string {
  const note = records.tasks.get(row.id)!.find((each) => each.task === task)!.note;
  if (!note?.startsWith('kept')) return row.id;
  const before = note.replace('kept from run ', '');
  return keptFrom(
    records,
    records.runs.find(({ id }) => id === before)!,
    task,
  );
}

function readsRemoved(home: SimHome, { inputs }: RunRow): boolean {
  const read = Object.entries(JSON.parse(inputs) as Record<string, number>);
  return read.some(([dataset, version]) => isRemoved(home, dataset, version));
}

function isRemoved(home: SimHome, dataset: string, version: number): boolean {
  const sql = 'SELECT 1 FROM versions WHERE dataset = ? AND version = ? AND removed_by IS NOT NULL';
  return home.file.all(sql, dataset, version).length > 0;
}

function namesIn(expression: DagDefinition['schedule']['datasets']): readonly string[] {
  if (expression === undefined) return [];
  return expression.type === 'dataset' ? [expression.name] : expression.of.flatMap(namesIn);
}

function holds(expression: DagDefinition['schedule']['datasets'], given: ReadonlySet<string>): boolean {
  if (expression === undefined) return false;
  if (expression.type === 'dataset') return given.has(expression.name);
  return expression.type === 'all'
    ? expression.of.every((part) => holds(part, given))
    : expression.of.some((part) => holds(part, given));
}
