import type { SourceFile, Violation } from './project.ts';

/** The top level is fixed: a newcomer sees the whole project in one listing. Dotfiles aside. */
const TOP_FOLDERS = ['assembly', 'bench', 'src', 'test'];
const TOP_FILES = [
  'LICENSE',
  'README.md',
  'asconfig.json',
  'package-lock.json',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** Words that name no idea. */
const EMPTY_NAMES = /^(?:utils?|helpers?|manager|base|common|misc|shared|lib)$/;

/** Data of others, by the names it goes by; sources refer to it by address and checksum. */
const THIRD_PARTY_DATA = /(?:cal_housing|california_housing|possum|adult)[^/]*\.(?:csv|data|domain|names|tgz|test)$/i;

/** A file larger than this is data or two ideas. */
const MAX_LINES = 500;

export function checkPath(path: string): Violation[] {
  const [top = path, ...rest] = path.split('/');
  const violations: Violation[] = [];
  if (!top.startsWith('.') && !TOP_FOLDERS.includes(top) && !TOP_FILES.includes(top)) {
    violations.push(`${path}: the top level is fixed; put it in ${TOP_FOLDERS.join(', ')}, or add ${top} on purpose`);
  }
  const stem = path.split('/').at(-1)!.split('.')[0]!;
  for (const word of [...rest.slice(0, -1), ...stem.split('-')]) {
    if (EMPTY_NAMES.test(word))
      violations.push(`${path}: "${word}" names no idea; name the file after its main export`);
  }
  const isKebab = rest.every((part) => /^\.?[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(part));
  if (/\.(?:ts|mjs)$/.test(path) && !isKebab) violations.push(`${path}: names of code files are kebab-case`);
  if (THIRD_PARTY_DATA.test(path))
    violations.push(`${path}: third-party data is not committed; refer to it by address and checksum`);
  return violations;
}

const TEXT_RULES: readonly (readonly [RegExp, string])[] = [
  // one shape of string per line, so that this file does not find itself
  [
    /(?<![\w.-])\/(?:root|home|Users|work|mnt|tmp)\/(?!me\b)[\w.]/,
    'is a path of one machine: derive it, or use a temporary folder',
  ],
  [/\b(?:issue|ticket)s? #?\d/i, 'refers to a tracker: say what and why in words'],
  [/\b(?:it|test|describe)\.(?:only|skip|todo)\b/, 'switches a test off: mend or delete it'],
];

export function checkText({ path, text }: SourceFile): Violation[] {
  const lines = text.split('\n');
  const violations = lines.flatMap((line, index) =>
    TEXT_RULES.flatMap(([pattern, why]) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [`${path}:${index + 1}: "${found}" ${why}`];
    }),
  );
  if (/\.(?:ts|mjs|py)$/.test(path) && lines.length > MAX_LINES) {
    violations.push(`${path} has ${lines.length} lines: split it by verb, one idea a file`);
  }
  return violations;
}
