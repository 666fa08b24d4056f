import { instantiateSync } from '@assemblyscript/loader';
import { RidgelineError } from '../contracts/errors.ts';

/** Exports of the core's WebAssembly module: pointers in bytes, strides in elements, a status back (`assembly/index.ts`). */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  rl_abi_version(): number;
  rl_features(): number;
  rl_chunk_rows(): number;
  rl_alloc(bytes: number): number;
  rl_mark(): number;
  rl_reset(mark: number): void;
  rl_logspace(start: number, stop: number, num: number, base: number, out: number): number;
  rl_forest_bytes(kind: number, width: number, capacity: number): number;
  rl_forest_init(forest: number, kind: number, width: number, capacity: number, firstChunk: number): number;
  rl_forest_append(forest: number, other: number): number;
  rl_forest_fold(forest: number, out: number): number;
  rl_scaler_update(forest: number, x: number, n: number, rs: number, cs: number, w: number, info: number): number;
  rl_scaler_finish(
    forest: number,
    count: number,
    mean: number,
    variance: number,
    scale: number,
    scratch: number,
  ): number;
  rl_scaler_transform: TransformKernel;
  rl_scaler_inverse: TransformKernel;
  rl_range(x: number, n: number, range: number): void;
  rl_ridge_accumulate_scratch(p: number, t: number): number;
  rl_ridge_accumulate(
    forest: number,
    x: number,
    rs: number,
    cs: number,
    p: number,
    y: number,
    yrs: number,
    ycs: number,
    w: number,
    n: number,
    scratch: number,
    info: number,
  ): number;
  rl_ridge_factor_length(p: number, t: number): number;
  rl_ridge_factor_scratch(p: number, t: number): number;
  rl_ridge_factor(
    node: number,
    p: number,
    t: number,
    intercept: number,
    alpha: number,
    mean: number,
    scale: number,
    factor: number,
    scratch: number,
  ): number;
  rl_ridge_settle(factor: number, force: number): number;
  rl_ridge_precondition_scratch(p: number, t: number): number;
  rl_ridge_precondition(
    forest: number,
    factor: number,
    x: number,
    rs: number,
    cs: number,
    y: number,
    yrs: number,
    ycs: number,
    w: number,
    n: number,
    first: number,
    skip: number,
    skips: number,
    mean: number,
    scale: number,
    scratch: number,
    info: number,
  ): number;
  rl_ridge_refactor(factor: number, node: number, scratch: number): number;
  rl_ridge_coefficients(factor: number, alpha: number, target: number, coef: number, intercept: number): number;
  rl_ridge_nodes(factor: number, alphas: number, na: number, nodes: number): number;
  rl_ridge_interpolate(
    factor: number,
    nodes: number,
    values: number,
    count: number,
    alphas: number,
    na: number,
    out: number,
  ): number;
  rl_ridge_sweep_scratch(p: number, t: number, alphas: number): number;
  rl_ridge_sweep(
    forest: number,
    factor: number,
    nodes: number,
    nn: number,
    alphas: number,
    na: number,
    x: number,
    rs: number,
    cs: number,
    y: number,
    yrs: number,
    ycs: number,
    w: number,
    n: number,
    first: number,
    aside: number,
    mean: number,
    scale: number,
    scratch: number,
    info: number,
  ): number;
  rl_ridge_aside_length(p: number, t: number): number;
  rl_ridge_aside_capacity(p: number): number;
  rl_ridge_aside_scratch(p: number, count: number): number;
  rl_ridge_aside(factor: number, alphas: number, na: number, aside: number, errors: number, scratch: number): number;
  rl_ridge_residuals(
    forest: number,
    solution: number,
    p: number,
    x: number,
    rs: number,
    cs: number,
    y: number,
    yrs: number,
    ycs: number,
    w: number,
    n: number,
    info: number,
  ): number;
  rl_ridge_correct(factor: number, scale: number, sums: number, solution: number, scratch: number): number;
  rl_qr_absorb(r: number, q: number, b: number, m: number, dense: number): number;
  rl_ridge_factor_triangle(
    r: number,
    mean: number,
    p: number,
    t: number,
    n: number,
    intercept: number,
    factor: number,
  ): number;
  rl_predict(
    x: number,
    n: number,
    p: number,
    rs: number,
    cs: number,
    mean: number,
    scale: number,
    coef: number,
    intercept: number,
    out: number,
    os: number,
    info: number,
  ): number;
  rl_metrics(y: number, yhat: number, n: number, out: number, info: number): number;
}

type TransformKernel = (
  x: number,
  n: number,
  p: number,
  rs: number,
  cs: number,
  mean: number,
  scale: number,
  out: number,
  ors: number,
  ocs: number,
) => number;

/** major << 16 | minor of the signatures above: a module with fewer arguments would be called with garbage. */
const ABI_VERSION = (2 << 16) | 4;

/**
 * Instantiates a compiled core. The one place that uses the AssemblyScript loader.
 *
 * @throws {RidgelineError} CORE_VERSION when the module speaks another ABI.
 */
export function instantiateKernels(module: WebAssembly.Module): Kernels {
  const shared = WebAssembly.Module.imports(module).some((entry) => entry.kind === 'memory');
  const imports = shared
    ? { env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }) } }
    : {};
  // The loader's own `exports` wrap every call to count arguments; the plain ones are faster and all we need.
  const { instance } = instantiateSync(module, imports);
  const kernels = { memory: imports.env?.memory, ...instance.exports } as unknown as Kernels;
  const abi = typeof kernels.rl_abi_version === 'function' ? kernels.rl_abi_version() : 0;
  if (abi >> 16 !== ABI_VERSION >> 16 || abi < ABI_VERSION) {
    throw new RidgelineError(
      'CORE_VERSION',
      'usage',
      `core: expected a Ridgeline module of version ${words(ABI_VERSION)}, got ${abi === 0 ? 'another module' : words(abi)}`,
      { remedy: 'use the .wasm file of the same package; in a clone, npm run build' },
    );
  }
  return kernels;
}

function words(version: number): string {
  return `${version >> 16}.${version & 0xffff}`;
}
