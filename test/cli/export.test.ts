import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { writeModel } from '../../src/core/model-write.ts';
import { writeOnnx } from '../../src/core/onnx/write-onnx.ts';
import { exampleArtifact } from '../core/example-artifact.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'ridgeline-export-'));
afterAll(() => rm(folder, { recursive: true }));

function ridgeline(...args: string[]): Promise<{ code: number; stdout: Buffer; stderr: string }> {
  const command = ['--conditions=source', MAIN, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: folder, encoding: 'buffer' }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr: String(stderr) }),
    );
  });
}

it('ridgeline export writes a model as ONNX and as itself, to a file or standard output', async () => {
  const model = exampleArtifact();
  await writeFile(join(folder, 'model.json'), writeModel(model));
  const onnx = Buffer.from(writeOnnx(model));
  expect(await ridgeline('export', 'model.json', '--format', 'onnx')).toMatchObject({ code: 0 });
  expect((await readFile(join(folder, 'model.onnx'))).equals(onnx)).toBe(true);
  expect((await ridgeline('export', 'model.json', '--format', 'onnx', '--out', '-')).stdout.equals(onnx)).toBe(true);
  expect(String((await ridgeline('export', 'model.json', '--format', 'json', '--out', '-')).stdout)).toBe(
    writeModel(model),
  );
});

it('ridgeline export refuses what is no model and formats it does not know, and writes nothing', async () => {
  await writeFile(join(folder, 'no-model.json'), '{}');
  expect(await ridgeline('export', 'no-model.json', '--format', 'onnx', '--out', 'x.onnx')).toMatchObject({ code: 4 });
  expect(await ridgeline('export', 'model.json', '--format', 'pickle', '--out', 'x.onnx')).toMatchObject({ code: 2 });
  const before = await readFile(join(folder, 'model.json'));
  expect(await ridgeline('export', 'model.json', '--format', 'onnx', '--out', 'model.json')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('model.json is the model itself') as string,
  });
  expect(await readFile(join(folder, 'model.json'))).toEqual(before);
  expect(await readdir(folder)).not.toContain('x.onnx');
});
