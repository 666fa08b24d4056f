export { RidgelineError } from './contracts/errors.ts';
export type { Table } from './contracts/table.ts';
