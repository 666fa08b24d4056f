import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openCommitLog, openStore } from '../../../src/data/store/index.ts';
import { openEngine } from '../../../src/engine/index.ts';
import { isOnItsLastLife } from '../../setup/deaths.ts';
import { Random } from '../simulator/random.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/**
 * Starts a process on a home again and again until it was killed that often at random moments, lets a last one finish, and
 * counts.
 *
 * @returns how often it was killed before its end; fewer than asked only when ten times as many starts did not do
 * @throws when an event was lost or used twice, a version half published, or a run not accounted for
 */
export async function killAndCount(
  dir: string,
  times: number,
  seed: number,
  onNote: (text: string) => void = () => {},
): Promise<number> {
  const random = new Random(seed);
  let killed = 0;
  // On a fast machine the process ends before a late kill: then the next ones come earlier.
  let windowMs = 120;
  for (let starts = 0; killed < times && starts < 10 * times; starts++) {
    const killAfterMs = random.below(windowMs);
    const code = await runChild(dir, isOnItsLastLife(join(dir, 'home')) ? undefined : killAfterMs);
    if (code === null) {
      if (++killed % 50 === 0) onNote(`${killed} of ${times} killed`);
    } else if (code === 0) windowMs = Math.max(10, Math.floor(windowMs * 0.8));
    else throw new Error(`the process after kill ${killed} (seed ${seed}) ended with ${code}`);
  }
  const code = await runChild(dir, undefined);
  if (code !== 0) throw new Error(`the last process (seed ${seed}) ended with ${code}`);
  await count(dir);
  return killed;
}

/** Exit code of a process on that home; null when the kill, so long after its first word, came before its end. */
async function runChild(dir: string, killAfterMs: number | undefined): Promise<number | null> {
  const child = spawn(process.execPath, ['--conditions=source', CHILD, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  if (killAfterMs !== undefined) {
    await Promise.race([once(child.stdout, 'data'), exited]);
    await Promise.race([sleep(killAfterMs), exited]);
    child.kill('SIGKILL');
  }
  return ((await exited) as [number | null])[0];
}

function must(truth: boolean, what: string): void {
  if (!truth) throw new Error(what);
}

async function count(dir: string): Promise<void> {
  const store = await openStore(pathToFileURL(join(dir, 'store')).href, {});
  const log = openCommitLog(store);
  const engine = await openEngine({ homeDir: join(dir, 'home'), store, log });
  const runs = engine.listRuns({ limit: 1e9 });
  for (const { id, state } of runs) must(state === 'success', `run ${id} is ${state}`);
  const producers = runs.filter(({ dag }) => dag === 'producer');

  const versions = engine.listVersions('a');
  must(versions.length === producers.length, `${producers.length} runs have published ${versions.length} versions`);
  for await (const { origin, versions: published } of log.tail(0)) {
    const whole = origin.type === 'task' && (origin.dag === 'producer' ? 2 : 0);
    must(published.length === whole, `a commit of ${JSON.stringify(origin)} holds ${published.length} versions`);
  }
  must(new Set(versions.map(({ run }) => run)).size === versions.length, 'a run has published twice');

  const inputs = (dag: string, dataset: string): readonly (number | undefined)[] =>
    runs
      .filter((run) => run.dag === dag)
      .map((run) => run.inputs[dataset])
      .toReversed();
  const every = versions.map(({ version }) => version);
  must(inputs('each', 'b').join() === every.join(), `each has run on ${inputs('each', 'b').join()}`);
  for (const dag of ['latest', 'all']) {
    const seen = inputs(dag, 'a');
    must(seen.at(-1) === every.at(-1), `${dag} has not seen the newest version`);
    must(
      seen.every((version, i) => i === 0 || version! > seen[i - 1]!),
      `${dag} has run on ${seen.join()}`,
    );
    must(
      engine.why(dag).datasets.every(({ pending }) => pending.length === 0),
      `${dag} has events left`,
    );
  }
  for (const run of runs)
    for (const { key, state } of run.exports) must(state === 'done', `${key} of ${run.id} is still due`);
  engine.close();
  await store.close();
}
