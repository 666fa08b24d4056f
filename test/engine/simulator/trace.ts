/** One word for each task of a run. */
export function statesOf(tasks: readonly { id: string; mapIndex: number; state: string }[]): string {
  return tasks
    .map(({ id, mapIndex, state }) => `${id} ${mapIndex} ${state}`)
    .toSorted()
    .join();
}

/** What an event is about, in a few words. */
export function describe(event: { type: string }): string {
  const { run, task, version } = event as {
    run?: unknown;
    task?: string;
    version?: { dataset: string; version: number };
  };
  const id = typeof run === 'object' && run !== null ? (run as { id: string }).id : String(run ?? '');
  return [id, task ?? '', version ? `${version.dataset}@${version.version}` : ''].join(' ').trim();
}
