/**
 * What went wrong, in the five kinds a script can tell apart by exit code.
 *
 * | kind          | exit | means |
 * |---------------|------|-------|
 * | `run`         | 1    | a run failed, in the user's own code or by its own gate |
 * | `usage`       | 2    | command line, config, pipeline definition or state database |
 * | `store`       | 3    | store, network, file permission |
 * | `content`     | 4    | the content of data, a model or a download is not what it must be |
 * | `interrupted` | 130  | Ctrl-C, SIGTERM or SIGHUP |
 */
export type ErrorKind = 'run' | 'usage' | 'store' | 'content' | 'interrupted';

export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  run: 1,
  usage: 2,
  store: 3,
  content: 4,
  interrupted: 130,
};

/** A place in a user's data. `row` counts data rows from 1 (a header is row 0); `column` is a name. */
export interface DataPosition {
  readonly file?: string;
  readonly column?: string;
  readonly row?: number;
}

/** Plain form of an error: crosses threads and the database, where classes do not survive. */
export interface ErrorInfo {
  readonly code: string;
  readonly kind: ErrorKind;
  /** One line: the subject, what was expected, what came. */
  readonly message: string;
  /** One line: what the reader can do about it. */
  readonly remedy?: string;
  readonly position?: DataPosition;
  /** Stack of an error thrown by a user's code; goes to the task's log, never to the terminal. */
  readonly stack?: string;
}

const BRAND = Symbol.for('ridgeline.error');

/**
 * The one error class of Ridgeline. Expected failures are thrown as this; anything else is a bug or the user's own.
 *
 * @example
 * throw new RidgelineError('NON_FINITE', 'content', 'train: column "f3" must be finite, got NaN at row 1042',
 *   { remedy: 'drop the rows with --drop-missing', position: { column: 'f3', row: 1042 } });
 */
export class RidgelineError extends Error {
  readonly [BRAND] = true;
  readonly code: string;
  readonly kind: ErrorKind;
  readonly remedy?: string;
  readonly position?: DataPosition;

  constructor(
    code: string,
    kind: ErrorKind,
    message: string,
    details: { remedy?: string | undefined; position?: DataPosition | undefined; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RidgelineError';
    this.code = code;
    this.kind = kind;
    if (details.remedy !== undefined) this.remedy = details.remedy;
    if (details.position !== undefined) this.position = details.position;
  }

  /** True for an error of any copy of this class: a package can be loaded twice, so `instanceof` is not asked. */
  static is(error: unknown): error is RidgelineError {
    return typeof error === 'object' && error !== null && (error as { [BRAND]?: unknown })[BRAND] === true;
  }

  static fromInfo(info: ErrorInfo): RidgelineError {
    return new RidgelineError(info.code, info.kind, info.message, { remedy: info.remedy, position: info.position });
  }
}

/** Flattens any thrown value. What is not a `RidgelineError` becomes `kind: 'run'`, code `UNEXPECTED`, with its stack. */
export function toErrorInfo(thrown: unknown): ErrorInfo {
  if (RidgelineError.is(thrown)) {
    return {
      code: thrown.code,
      kind: thrown.kind,
      message: thrown.message,
      ...(thrown.remedy !== undefined && { remedy: thrown.remedy }),
      ...(thrown.position !== undefined && { position: thrown.position }),
    };
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return {
    code: 'UNEXPECTED',
    kind: 'run',
    message: `${error.name}: ${error.message.split('\n')[0] ?? ''}`,
    ...(error.stack !== undefined && { stack: error.stack }),
  };
}
