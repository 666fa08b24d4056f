/** One word for each task of a run. */
export function statesOf(tasks: readonly { id: string; mapIndex: number; state: string }[]): string {
  return tasks
    .map(({ id, mapIndex, state }) => `${id} ${mapIndex} ${state}`)
    .toSorted()
    .join();
}
