import { refuseLoops } from '../../authoring/index.ts';
import type { DagDefinition } from '../../contracts/definition.ts';
import { RidgelineError, toErrorInfo } from '../../contracts/errors.ts';
import type { ModuleDescription, ModuleRef } from '../../contracts/executor.ts';
import { allDags, registerModules } from '../state/dag-tables.ts';
import type { Ports } from './ports.ts';

/** The modules a scheduler works with: read, checked together, recorded, and read again when their files change. */
export class Modules {
  readonly #ports: Ports;
  readonly #list: () => readonly ModuleRef[];
  #descriptions: readonly ModuleDescription[] = [];
  #refreshing: Promise<boolean> | undefined;

  private constructor(ports: Ports, list: () => readonly ModuleRef[]) {
    this.#ports = ports;
    this.#list = list;
  }

  /**
   * Records what the modules hold. One that cannot be loaded is announced, and the others go on (R10).
   *
   * @param list which modules there are, asked again when they are read again
   * @throws {RidgelineError} DUPLICATE_NAME, DATASET_LOOP: there is no saying which of them is wrong.
   */
  static async load(
    ports: Ports,
    list: () => readonly ModuleRef[],
    describing: Promise<readonly ModuleDescription[]>,
  ): Promise<Modules> {
    const descriptions = await checkCrons(await describing, ports.clock.now());
    checkTogether(descriptions);
    const modules = new Modules(ports, list);
    modules.#adopt(descriptions, forgotten(ports, descriptions));
    return modules;
  }

  get descriptions(): readonly ModuleDescription[] {
    return this.#descriptions;
  }

  /** A module as it was last read; undefined for one that is none of these. */
  find({ name }: ModuleRef): ModuleDescription | undefined {
    return this.#descriptions.find(({ module }) => module.name === name);
  }

  /** False: its files have changed since. */
  isCurrent(description: ModuleDescription): boolean {
    return this.#descriptions.includes(description) && this.#ports.executor.isCurrent?.(description) !== false;
  }

  /**
   * Reads again what was edited, and what is listed now. False: nothing has changed. An edit that does not go with the
   * others counts as broken; the pipelines of a module that is no longer listed are gone.
   */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #refresh(): Promise<boolean> {
    const { executor, clock } = this.#ports;
    const before = new Map(this.#list().map((module) => [module, this.find(module)]));
    const stale = [...before].flatMap(([module, each]) => (each && this.isCurrent(each) ? [] : [module]));
    const gone = this.#descriptions.filter((each) => ![...before.values()].includes(each)).map(({ module }) => module);
    if (stale.length + gone.length === 0) return false;
    // What was refused may have been refused for another's sake.
    for (const [module, each] of before) if (each?.ok === false && !stale.includes(module)) stale.push(module);
    const read = await checkCrons(await Promise.all(stale.map((module) => executor.describe(module))), clock.now());
    const fresh = new Map(stale.map((module, i) => [module, read[i]!]));
    const next = [...before].map(([module, each]) => fresh.get(module) ?? each!);
    try {
      checkTogether(next);
      this.#adopt(next, gone);
    } catch (error) {
      const refused = next.map((each) => (read.includes(each) ? broken(each, error) : each));
      this.#adopt(refused, gone);
    }
    const { emit } = this.#ports;
    for (const module of stale) {
      const now = this.find(module)!;
      if (now.ok) emit({ type: 'module.changed', module, dags: now.dags.map(({ id }) => id) });
    }
    for (const module of gone) emit({ type: 'module.changed', module, dags: [] });
    return true;
  }

  #adopt(descriptions: readonly ModuleDescription[], gone: readonly ModuleRef[]): void {
    const { db, emit } = this.#ports;
    const changed = descriptions.filter((each) => !this.#descriptions.includes(each));
    const emptied = gone.map((module) => ({ ok: true, module, codeHash: '', dags: [] }) as const);
    // Durable: events that come from now on are a new subscriber's, whatever happens.
    db.transaction(() => registerModules(db, [...emptied, ...changed]), 'durable');
    this.#descriptions = descriptions;
    for (const each of changed) if (!each.ok) emit({ type: 'module.broken', module: each.module, error: each.error });
  }
}

/** Modules that the database knows, that are not listed, and whose file is gone: deleted while nobody was at work. */
function forgotten({ db, executor }: Ports, listed: readonly ModuleDescription[]): readonly ModuleRef[] {
  const known = new Map(allDags(db).map(({ module }) => [module.name, module]));
  for (const { module } of listed) known.delete(module.name);
  return [...known.values()].filter((module) => executor.exists?.(module) === false);
}

/** A module with a cron that is none counts as broken. The cron library is loaded only for those that need it. */
export async function checkCrons(
  descriptions: readonly ModuleDescription[],
  now: number,
): Promise<readonly ModuleDescription[]> {
  if (!descriptions.flatMap(dagsOf).some(({ schedule }) => schedule.cron)) return descriptions;
  const { nextCron } = await import('../plan/cron.ts');
  return descriptions.map((each) => {
    try {
      for (const { schedule } of dagsOf(each)) if (schedule.cron) nextCron(schedule.cron, now);
      return each;
    } catch (error) {
      return broken(each, error);
    }
  });
}

function broken({ module, files }: ModuleDescription, error: unknown): ModuleDescription {
  return { ok: false, module, error: toErrorInfo(error), ...(files && { files }) };
}

/**
 * Across modules: ids are one namespace, datasets another, and pipelines must not trigger each other in a loop (R14).
 *
 * @throws {RidgelineError} DUPLICATE_NAME, DATASET_LOOP
 */
export function checkTogether(descriptions: readonly ModuleDescription[]): void {
  const dags = descriptions.flatMap((each) => dagsOf(each).map((dag) => ({ ...dag, module: each.module.name })));
  const spelled = new Map<string, string>();
  for (const { module, datasets } of dags) {
    for (const { name } of datasets) {
      const other = spelled.get(name.toLowerCase()) ?? name;
      if (other !== name) {
        const message = `module "${module}": dataset "${name}" differs from dataset "${other}" in case only`;
        throw new RidgelineError('DUPLICATE_NAME', 'usage', message, { remedy: 'spell both alike, or rename one' });
      }
      spelled.set(name.toLowerCase(), name);
    }
  }
  const owners = new Map<string, string>();
  for (const { module, id } of dags) {
    const other = owners.get(id.toLowerCase());
    if (other !== undefined) {
      const message = `dag "${id}": its name, ignoring case, is in module "${other}" and in module "${module}"`;
      throw new RidgelineError('DUPLICATE_NAME', 'usage', message, { remedy: 'rename one of them' });
    }
    owners.set(id.toLowerCase(), module);
  }
  refuseLoops(dags);
}

/** The pipelines of a module; none of one that cannot be loaded. */
export function dagsOf(description: ModuleDescription): readonly DagDefinition[] {
  return description.ok ? description.dags : [];
}
