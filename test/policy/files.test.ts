import { describe, expect, it } from 'vitest';
import { checkPath, checkText } from './rules/files.ts';
import { listProject, readProject } from './rules/project.ts';

const isText = (path: string) => /\.(?:ts|mjs|js|py|md|json|sh|h)$|\/run$/.test(path) && path !== 'package-lock.json';

describe('files', () => {
  it('lie and are named by the rules', () => {
    expect(listProject().flatMap(checkPath)).toEqual([]);
  });

  it('hold nothing that works on one machine only, no tracker numbers, no test switched off, one idea each', () => {
    expect(readProject((path) => isText(path) && !path.startsWith('test/policy/')).flatMap(checkText)).toEqual([]);
  });

  it.each([
    ['docs/guide.md', 'the top level is fixed'],
    ['src/data/utils.ts', '"utils" names no idea'],
    ['src/helpers/read.ts', '"helpers" names no idea'],
    ['src/data/table-helper.ts', '"helper" names no idea'],
    ['src/data/TableReader.ts', 'kebab-case'],
    ['test/core/possum.csv', 'third-party data'],
    ['test/data/cal_housing.tgz', 'third-party data'],
  ])('refuse the path %s', (path, message) => {
    expect(checkPath(path)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    [`const data = '/root/data.csv';`, 'is a path of one machine'],
    ['// see issue #12', 'refers to a tracker'],
    [`it.skip('does', () => {});`, 'switches a test off'],
    ['x\n'.repeat(600), 'split it by verb'],
  ])('refuse the text %j', (text, message) => {
    expect(checkText({ path: 'src/a.ts', text })).toEqual([expect.stringContaining(message)]);
  });
});
