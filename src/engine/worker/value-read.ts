import type { ValueRef } from '../../contracts/log.ts';
import type { Store } from '../../contracts/store.ts';

/** What `value-write` stored, as a task receives it. A table is opened, not read. */
export async function readValue(ref: ValueRef, store: Store): Promise<unknown> {
  switch (ref.kind) {
    case 'json':
      return ref.value;
    case 'table':
      return (await import('../../data/table/index.ts')).openTable(ref.ref, store);
    case 'model': {
      const { RidgeModel } = await import('../../core/ridge-model.ts');
      return RidgeModel.read(new TextDecoder().decode(await store.get(ref.key)), ref.key);
    }
    case 'file':
      return store.get(ref.key);
    case 'list':
      return Promise.all(ref.items.map((item) => readValue(item, store)));
    case 'record': {
      const fields = Object.entries(ref.fields).map(async ([name, field]) => [name, await readValue(field, store)]);
      return Object.fromEntries(await Promise.all(fields));
    }
  }
}
