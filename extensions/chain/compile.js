// Compiles contracts/ and writes one {abi, bytecode} a contract of ours: node compile.js [FOLDER]
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const folder = process.argv[2] ?? join(here, 'build');

const names = readdirSync(join(here, 'contracts'), { recursive: true })
  .filter(name => name.endsWith('.sol'))
  .sort();
const sources = Object.fromEntries(
  names.map(name => [name, { content: readFileSync(join(here, 'contracts', name), 'utf8') }])
);
const settings = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } }
};
const output = JSON.parse(
  solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }), {
    import: path => ({ contents: readFileSync(require.resolve(path), 'utf8') })
  })
);
// A warning is an error here as in Python.
if (output.errors?.length) {
  console.error(output.errors.map(error => error.formattedMessage).join('\n'));
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
for (const name of names) {
  for (const [contract, { abi, evm }] of Object.entries(output.contracts[name])) {
    const artifact = { abi, bytecode: `0x${evm.bytecode.object}` };
    writeFileSync(join(folder, `${contract}.json`), `${JSON.stringify(artifact, null, 2)}\n`);
  }
}
