/** Counts attempts, and what holds the named concurrency slots; one without a capacity takes one task. */
export function createSlots(capacity: Readonly<Record<string, number>>) {
  const used = new Map<string, number>();
  let working = 0;
  const add = (slots: readonly string[], n: number): void => {
    working += n;
    for (const slot of slots) used.set(slot, (used.get(slot) ?? 0) + n);
  };
  return {
    /** Attempts that the executor has, those included that it was told to stop. */
    working: (): number => working,
    room: (slot: string): number => (capacity[slot] ?? 1) - (used.get(slot) ?? 0),
    take: (slots: readonly string[]): void => add(slots, 1),
    give: (slots: readonly string[]): void => add(slots, -1),
  };
}

export type Slots = ReturnType<typeof createSlots>;
