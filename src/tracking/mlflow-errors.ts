import { RidgelineError } from '../contracts/errors.ts';

/** An error MLflow answered with: its `error_code`, or `HTTP_<status>` when it gave none. */
export interface MlflowRefusal {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
}

export function refused(refusal: MlflowRefusal, call: string, server: string): RidgelineError {
  const { status, errorCode, message } = refusal;
  const said = `tracking: MLflow at ${server} refused ${call}: ${errorCode}`;
  if (status === 401 || status === 403)
    return new RidgelineError('TRACKING_DENIED', 'store', said, {
      remedy: 'check MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD',
      cause: refusal,
    });
  return new RidgelineError('TRACKING_REFUSED', 'store', `${said} (${message.split('\n')[0]?.slice(0, 300)})`, {
    remedy: 'nothing is lost: put it right, then ridgeline runs sync',
    cause: refusal,
  });
}

export function unreachable(thrown: unknown, server: string): RidgelineError {
  const { cause, message } = thrown as Error & { cause?: { code?: string; message?: string } };
  const reason = cause?.code ?? cause?.message ?? message;
  const what = `tracking: MLflow at ${server} does not answer: ${reason}`;
  return new RidgelineError('TRACKING_UNREACHABLE', 'store', what, {
    remedy: 'check MLFLOW_TRACKING_URI and the server; nothing is lost, ridgeline runs sync sends what is unsent',
    cause: thrown,
  });
}

export function notMlflow(server: string, got: string): RidgelineError {
  return new RidgelineError('TRACKING_SERVER', 'store', `tracking: expected MLflow 3 at ${server}, got ${got}`, {
    remedy: 'set MLFLOW_TRACKING_URI to the root of an MLflow server, version 3.0 or newer',
  });
}

/** MLflow's code for an error of ours, undefined for others. */
export function refusalCode(thrown: unknown): string | undefined {
  return RidgelineError.is(thrown) ? (thrown.cause as Partial<MlflowRefusal> | undefined)?.errorCode : undefined;
}
