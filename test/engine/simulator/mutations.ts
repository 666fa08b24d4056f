import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One broken rule: in a file of `src`, this text becomes that. */
type Mutation = readonly [rule: string, file: string, text: string, becomes: string];

const PUBLISHER = 'engine/runner/publisher.ts';
const SCHEDULER = 'engine/runner/scheduler.ts';
const DRIVER = 'engine/runner/run-driver.ts';
const LOG = 'data/store/commit-log.ts';

const MUTATIONS: readonly Mutation[] = [
  [
    'R1: success is recorded before the commit',
    PUBLISHER,
    'const { commit, skipped } = await',
    'db.transaction(() => settle(plan));\n$&',
  ],
  [
    'R1: a commit that was there already is published again',
    PUBLISHER,
    'const before = findCommit(db, origin)',
    'const before = undefined as number | undefined',
  ],
  [
    'R1: publishing is not taken up after a crash',
    DRIVER,
    "if (it.state === 'publishing') this.#watch(this.#publishTask(it))",
    '',
  ],
  ['R1: the database is not durable before the commit', PUBLISHER, 'db.flush();', ''],
  ['durable transactions are not', 'engine/state/database.ts', "durable ? 'FULL' : 'NORMAL'", "'NORMAL'"],
  ['R2: a failed run publishes under emitOn run', DRIVER, 'if (isSuccess && this.run', 'if (this.run'],
  [
    'R2: one of two outlets',
    'engine/plan/publish.ts',
    'emit ? Object.entries(task.outlets) : []',
    'emit ? Object.entries(task.outlets).slice(0, 1) : []',
  ],
  [
    'R3: a stale attempt is heard',
    DRIVER,
    "if (it.state !== 'running' || it.attempt !== attempt) {",
    'if (false as boolean) {',
  ],
  [
    'R5: the newest version instead of the one it was made from',
    'engine/plan/runs.ts',
    'ancestors.get(name) ?? newest(name)',
    'newest(name)',
  ],
  [
    'R5: pinned again at every attempt',
    'engine/runner/attempt.ts',
    'for (const [name, version] of Object.entries(run.inputs)) {',
    'for (const name of Object.keys(run.inputs)) { const version = db.get<{ v: number }>("SELECT max(version) AS v FROM versions WHERE dataset = ?", name)!.v;',
  ],
  ['R6: superseded rows stay pending', SCHEDULER, "markRows(this.#db, superseded, 'superseded', created);", ''],
  [
    'R6: no event of one dataset',
    'engine/state/log-tables.ts',
    'FROM subscriptions WHERE dataset = ?',
    'FROM subscriptions WHERE dataset = ? AND dataset <> "d1"',
  ],
  ['R7: latest consumes all', 'engine/plan/runs.ts', "if (consume === 'all') return", 'if (true as boolean) return'],
  ['R7: more runs than maxActiveRuns', SCHEDULER, 'running >= maxActiveRuns', 'false'],
  [
    'R8: nothing is looked at after a restart',
    SCHEDULER,
    '    this.#exporter.wake();\n    this.look();',
    '    this.#exporter.wake();',
  ],
  ['R8: nothing is looked at on run end', SCHEDULER, '    this.#evaluate(run.dag);\n', ''],
  [
    'R8: what other processes wrote is not noticed',
    'engine/runner/serve.ts',
    'if (now !== seen) scheduler.look();',
    '',
  ],
  ['R9: all as any', 'engine/plan/fire.ts', 'fired.length === parts.length ?', 'fired.length > 0 ?'],
  ['R10: a pause is not heeded', SCHEDULER, 'dag.paused ? [] : planRuns', 'planRuns'],
  ['R10: resume skips everything', 'engine/steering/pause.ts', "onResume === 'skip' ||", 'true ||'],
  [
    'R10: a new consumer hears of nothing before it',
    'engine/state/dag-tables.ts',
    "if (added === 0 || from === 'now') continue;",
    'continue;',
  ],
  [
    'R10: a broken file takes its pipelines out',
    'engine/state/dag-tables.ts',
    '    if (!description.ok) {',
    '    if (!description.ok) {\n      db.run("DELETE FROM subscriptions");',
  ],
  [
    'R10: subscriptions are not durable',
    'engine/runner/modules.ts',
    "registerModules(db, [...emptied, ...changed]), 'durable')",
    'registerModules(db, [...emptied, ...changed]))',
  ],
  [
    'R10: an attempt whose file is broken has failed',
    DRIVER,
    "if (edited && outcome.state === 'failed' && outcome.loaded === false)",
    'if (false as boolean)',
  ],
  ['R10: runs of a broken file go on', DRIVER, '&& !this.stuck) {', ') {'],
  [
    'R11: a lost race is published again',
    LOG,
    'if (isSameOrigin(other.origin, draft.origin))',
    'if (false as boolean)',
  ],
  ['R12: no new number after a lost race', LOG, '        count(other, newest);\n', ''],
  ['R13: a rerun that shall not emit does', 'engine/plan/publish.ts', 'emit ? Object.entries', 'true ? Object.entries'],
  [
    'R15: a version in use is removed',
    'engine/steering/remove.ts',
    '  checkRemovable(db, dataset, version);\n  const',
    '  const',
  ],
  [
    'R17: other homes are not listened to',
    'engine/runner/serve.ts',
    '    every(pollMs, () => scheduler.sync()),\n',
    '',
  ],
  [
    'R18: an older copy may come last',
    'engine/runner/exporter.ts',
    'if (newestOf(key).commit !== newest.commit) continue;',
    '',
  ],
  [
    'an attempt that died with its process stays running',
    DRIVER,
    'if (!wasRunning && (it.state',
    'if (wasRunning || (it.state',
  ],
  [
    'a task that ends its process is tried for ever',
    'engine/plan/retry.ts',
    'MOST_DEATHS = 3',
    'MOST_DEATHS = Infinity',
  ],
  ['a stop counts as a death', SCHEDULER, 'this.#excuse(interrupted());', ''],
  ['what the process may have died of has company', 'engine/plan/retry.ts', 'working === 0 : !claimed', 'true : true'],
  ['what runs alone is not waited for', DRIVER, 'if (wasClaimed || task', 'if (task'],
  ['hooks are called in any order', 'engine/state/hook-tables.ts', 'ORDER BY seq LIMIT 1', 'ORDER BY seq DESC LIMIT 1'],
  [
    'a call of a hook is crossed out first',
    'engine/runner/hook-caller.ts',
    'const error = await executor.hook',
    'db.transaction(() => endHook(db, seq));\n    $&',
  ],
  ['hooks due are forgotten with the process', SCHEDULER, 'this.#hooks.wake();\n    for', 'for'],
  ['an outage costs a retry', DRIVER, 'it.failures++;\n      }', '$& else it.failures++;'],
  [
    'a crash costs a retry',
    DRIVER,
    "it.state = 'none';\n        } else {",
    "it.state = 'none';\n          it.failures++;\n        } else {",
  ],
  [
    'a retry is forgotten with the process',
    DRIVER,
    "if (it.state === 'up_for_retry' && it.readyAt !== undefined) {",
    'if (it.attempt === -1) {',
  ],
  [
    'a retry waits for a clock that was set back',
    DRIVER,
    'if (it.readyAt !== undefined) it.readyAt = Math.min(it.readyAt, now + longest);',
    'void longest;',
  ],
  ['a cancelled run is forgotten with the process', DRIVER, 'setCancel(this.#db, this.run.id, error);', ''],
  ['a slot is given twice', 'engine/runner/slots.ts', '(capacity[slot] ?? 1) -', '2 -'],
  [
    'all_success runs after a skip',
    'engine/plan/tasks.ts',
    "rule === 'all_success' ? skipped.length === 0 :",
    "rule === 'all_success' ? true :",
  ],
  [
    'one_failed waits for nothing',
    'engine/plan/tasks.ts',
    "if (rule === 'one_failed' && failed.length > 0) return 'run';",
    "if (rule === 'one_failed') return 'run';",
  ],
  ['concurrency is not heeded', 'engine/plan/tasks.ts', '(task.concurrency ?? Infinity) -', 'Infinity -'],
  [
    'a time of a cron starts two runs',
    SCHEDULER,
    'due = this.#nextCron!(cron, now);',
    'due = this.#nextCron!(cron, now - 60_000);',
  ],
  [
    'gc waits for no task',
    'engine/steering/collect-garbage.ts',
    'return alone(async () => {',
    'return ((work: () => Promise<GarbageReport>) => work())(async () => {',
  ],
  [
    'a task does not say that it stores',
    DRIVER,
    'storing(() => executor.run(request, hooks))',
    'executor.run(request, hooks)',
  ],
  [
    'crons are forgotten with the process',
    SCHEDULER,
    'for (const id of dagsWithCron(this.#db)) this.#tick(id);\n  }\n\n  /** Reads',
    '}\n\n  /** Reads',
  ],
];

/**
 * Breaks each rule in a copy of the sources and looks for the first seed that finds it out.
 *
 * @returns rules that no seed defends
 */
export function findSurvivors(seeds: number, only: string | undefined): readonly string[] {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const survivors: string[] = [];
  for (const [rule, file, text, becomes] of MUTATIONS) {
    if (only !== undefined && !rule.includes(only)) continue;
    const dir = mkdtempSync(join(tmpdir(), 'ridgeline-mutation-'));
    for (const each of ['src', 'test/engine', 'test/setup', 'package.json'])
      cpSync(join(root, each), join(dir, each), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    const path = join(dir, 'src', file);
    const source = readFileSync(path, 'utf8');
    if (source.split(text).length !== 2) throw new Error(`${file} has "${text}" not once: ${rule}`);
    writeFileSync(path, source.replace(text, becomes));
    const args = ['--conditions=source', 'test/engine/simulator/main.ts', '--seeds', String(seeds), '--first'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8', timeout: 300_000 });
    if (/ERR_MODULE_NOT_FOUND|SyntaxError/.test(stderr)) throw new Error(`${rule}: ${stderr}`);
    const found =
      /^seed .*/m.exec(stdout)?.[0] ??
      (stdout === '' ? stderr.split('\n').find((line) => /Error/.test(line)) : undefined);
    if (found === undefined) survivors.push(rule);
    console.log(`${rule}: ${found ?? 'SURVIVES'}`);
    rmSync(dir, { recursive: true });
  }
  return survivors;
}
