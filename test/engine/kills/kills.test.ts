import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { killAndCount } from './kill.ts';

/** The long form is `npm run simulate -- --kills 1000`. */
test('SIGKILL at random moments: no event lost, none used twice, every run accounted for', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ridgeline-kills-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  expect(await killAndCount(dir, 5, 1)).toBe(5);
});
