// Shows that every gate can turn red: copies the repository, runs each gate on the clean copy (must
// be green), then plants one fault at a time (must be red, and for the reason the fault was made
// for). A gate that nobody has seen fail guards nothing: one wrong path pattern silences a rule.
'use strict';

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');

const { faults, passingTest } = require('./faults.cjs');

const run = promisify(execFile);
const root = path.resolve(__dirname, '..');
const copy = fs.mkdtempSync(path.join(tmpdir(), 'gates-'));

/** A gate is the npm script that CI runs; only jest is told to run one file. */
const gates = {
  types: ['run', '--silent', 'types'],
  lint: ['run', '--silent', 'lint'],
  'format:check': ['run', '--silent', 'format:check'],
  floors: ['run', '--silent', 'floors'],
  unused: ['run', '--silent', 'unused'],
  test: ['exec', '--', 'jest', 'tests/unit/planted'],
};

/** Copies the files that git tracks or would track, as they are in the work tree now. */
async function copyRepository() {
  const listed = await run(
    'git',
    // Containers often build a checkout that belongs to another user; only reading it is harmless.
    ['-c', 'safe.directory=*', 'ls-files', '-z', '-co', '--exclude-standard'],
    { cwd: root },
  );
  for (const file of listed.stdout.split('\0')) {
    const source = path.join(root, file);
    // Not a file: deleted in the work tree, the empty end of the list, or a linked folder.
    if (!fs.statSync(source, { throwIfNoEntry: false })?.isFile()) continue;
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.copyFileSync(source, path.join(copy, file));
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
}

/** Writes the files; the function returned takes them away again, with the folders made for them. */
function plant(files) {
  const made = [];
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(copy, file);
    const firstFolder = fs.mkdirSync(path.dirname(target), { recursive: true });
    made.unshift(firstFolder ?? target);
    fs.writeFileSync(target, text, { flag: 'wx' });
  }
  return () => made.forEach((target) => fs.rmSync(target, { recursive: true, force: true }));
}

async function runGate(gate) {
  const started = performance.now();
  // Colours would cut the words that `says` looks for.
  const env = { ...process.env, CI: 'true', NO_COLOR: '1', FORCE_COLOR: undefined };
  const {
    code = 0,
    stdout,
    stderr,
  } = await run('npm', gates[gate], { cwd: copy, env }).catch((error) => error);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return { red: code !== 0, output: stdout + stderr, seconds };
}

let failures = 0;
function report(ok, gate, seconds, text, output) {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${gate.padEnd(13)} ${seconds.padStart(5)} s  ${text}`);
  if (ok) return;
  failures += 1;
  console.log(output.trimEnd().slice(-2000).replace(/^/gm, '     | '));
}

async function main() {
  await copyRepository();

  // jest is asked for the planted test and no other, and a run without a test is no green run.
  const removePassingTest = plant({ 'tests/unit/planted.test.ts': passingTest });
  for (const gate of Object.keys(gates)) {
    const { red, output, seconds } = await runGate(gate);
    report(!red, gate, seconds, 'green without a fault', output);
  }
  removePassingTest();

  for (const { name, gate, says, files } of faults) {
    const removeFault = plant(files);
    const { red, output, seconds } = await runGate(gate);
    removeFault();
    report(red && output.includes(says), gate, seconds, `red on: ${name}`, output);
  }
}

main()
  .catch((error) => {
    failures += 1;
    console.error(error);
  })
  .finally(() => {
    fs.rmSync(copy, { recursive: true, force: true });
    console.log(
      failures === 0
        ? `all ${faults.length} faults were caught`
        : `${failures} gates do not do their work`,
    );
    process.exitCode = failures === 0 ? 0 : 1;
  });
