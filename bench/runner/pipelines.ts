import { dag, dataset } from 'ridgeline';

/** Nanoseconds of the monotonic clock that all threads of a process share; text, as a result is JSON. */
const now = () => process.hrtime.bigint().toString();

const ITEMS = Array.from({ length: 1000 }, (_, i) => i);

/** Published by a task of `ticks`, and from outside. */
export const tick = dataset<{ at: string }>('tick');
export const outside = dataset<{ at: string }>('outside');

/** Its last line is the end of the task whose outlet the consumer waits for. */
export const ticks = dag('ticks', ({ task }) => {
  task('tick', { outlet: tick }, () => ({ at: now() }));
});

export const tocks = dag('tocks', { schedule: tick }, ({ task }) => {
  task('tock', { inputs: { tick } }, ({ tick }) => ({ at: now(), since: tick.at }));
});

export const arrivals = dag('arrivals', { schedule: outside, consume: 'each' }, ({ task }) => {
  task('arrive', { inputs: { outside } }, ({ outside }) => ({ at: now(), since: outside.at }));
});

export const relay = dag('relay', ({ task }) => {
  const first = task('first', () => ({ at: now() }));
  task('second', { inputs: { first } }, ({ first }) => ({ at: now(), since: first.at }));
});

export const fan = dag('fan', ({ map }) => {
  map('nothing', ITEMS, () => null);
});
