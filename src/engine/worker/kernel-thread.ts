/** What a kernel thread loads first. */
import { enableCompileCache } from 'node:module';
import type * as Calls from './kernel-calls.ts';

enableCompileCache();
const calls = import('./kernel-calls.ts');

export const runPhase: typeof Calls.runPhase = async (call) => (await calls).runPhase(call);
