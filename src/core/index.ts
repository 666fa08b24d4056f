export { RidgelineError } from '../contracts/errors.ts';
