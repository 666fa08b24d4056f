import { parseAst } from 'vitest/node';
import type { SourceFile } from './project.ts';

/** What a module names outside itself. */
export interface ParsedModule {
  readonly path: string;
  /** Module specifiers of `import`, `export … from`, `import('…')` and `import('…').Type`, in order, repeated if so written. */
  readonly specifiers: readonly string[];
  /** True when it loads a module whose name is computed: the way user code comes in. */
  readonly loadsComputed: boolean;
  /** Identifiers it reads that may be globals, `process.env`-like pairs included. */
  readonly names: ReadonlySet<string>;
}

interface AstNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Parses TypeScript for real (the parser that runs the tests), so that a comment or a string is never taken for an import. */
export function parseModule({ path, text }: SourceFile): ParsedModule {
  const specifiers: string[] = [];
  const names = new Set<string>();
  let loadsComputed = false;

  visit(parseAst(text, { lang: 'ts' }) as unknown as AstNode, (node) => {
    const { source } = node;
    if (isNode(source) && typeof source['value'] === 'string') specifiers.push(source['value']);
    else if (node.type === 'ImportExpression') loadsComputed = true;

    if (node.type === 'Identifier') names.add(node['name'] as string);
    if (node.type === 'MemberExpression' && isNode(node['object']) && isNode(node['property'])) {
      const member = node['computed'] === true ? node['property']['value'] : node['property']['name'];
      names.add(`${String(node['object']['name'])}.${String(member)}`);
    }
    if (node.type === 'VariableDeclarator' && isNode(node['init']) && isNode(node['id'])) {
      for (const property of (node['id']['properties'] as AstNode[] | undefined) ?? []) {
        if (isNode(property['key'])) names.add(`${String(node['init']['name'])}.${String(property['key']['name'])}`);
      }
    }
  });
  return { path, specifiers, loadsComputed, names };
}

function visit(node: AstNode, see: (node: AstNode) => void): void {
  see(node);
  for (const [key, value] of Object.entries(node)) {
    // `a.WebAssembly` and `{ WebAssembly: 1 }` name a member, not the global
    if ((key === 'property' || key === 'key') && node['computed'] !== true) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, see);
  }
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && typeof (value as AstNode).type === 'string';
}
