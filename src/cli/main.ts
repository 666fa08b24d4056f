#!/usr/bin/env node
// No static import and no syntax newer than this line may stand here: an old Node must get as far as the message.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `ridgeline needs Node 24 or newer, this is ${process.versions.node} (in a project: npm install --save-dev node@24, then npx ridgeline)\n`,
  );
  process.exit(2);
} else {
  // Compiled code is kept between runs: saves about a third of the start-up time.
  process.getBuiltinModule('node:module').enableCompileCache();
  import('./program.ts').then((program) => program.main(process));
}
