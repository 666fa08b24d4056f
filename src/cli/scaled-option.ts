import { RidgelineError } from '../contracts/errors.ts';

/** `--scaled` and `--raw` as the model's own option; neither leaves the question to the model. @throws {RidgelineError} USAGE */
export function givenScaled({ scaled, raw }: { scaled?: boolean; raw?: boolean }): { scaled?: boolean } {
  if (scaled && raw) {
    throw new RidgelineError('USAGE', 'usage', 'expected --scaled or --raw, got both', {
      remedy: 'say what the columns of the data are',
    });
  }
  return scaled ? { scaled: true } : raw ? { scaled: false } : {};
}
