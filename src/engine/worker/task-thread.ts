/** What a task thread loads first: each export is one kind of call. */
import { enableCompileCache } from 'node:module';
import type * as Calls from './task-calls.ts';

// A thread does not inherit it, and what is imported statically would be compiled before it is on.
enableCompileCache();
const calls = import('./task-calls.ts');

export const describe: typeof Calls.describe = async (call) => (await calls).describe(call);
export const attempt: typeof Calls.attempt = async (call) => (await calls).attempt(call);
export const callHook: typeof Calls.callHook = async (call) => (await calls).callHook(call);
export const exportValue: typeof Calls.exportValue = async (call) => (await calls).exportValue(call);
export const adoptFile: typeof Calls.adoptFile = async (call) => (await calls).adoptFile(call);
