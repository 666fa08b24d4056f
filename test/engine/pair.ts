import { dag, dataset } from '../../src/authoring/index.ts';
import type { Dag } from '../../src/contracts/context.ts';

export const features = dataset<unknown>('features');

export const producer = (value: () => unknown = () => 1): Dag =>
  dag('producer', ({ task }) => void task('make', { outlet: features }, value));
export const consumer = (options: object = {}, id = 'consumer'): Dag =>
  dag(
    id,
    { schedule: features, ...options },
    ({ task }) => void task('use', { inputs: { features } }, ({ features }) => features),
  );

/** Something to run when nothing new is to be made. */
export const idle = dag('idle', ({ task }) => void task('t', () => 1));
