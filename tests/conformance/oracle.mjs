#!/usr/bin/env node
// Runs scenarios in the Node that executes this file. README.md describes scenarios and traces.
//
//     node oracle.mjs FILE             prints the trace as JSON lines
//     node oracle.mjs --write FILE…    records goldens (after three equal runs)
//     node oracle.mjs --check FILE…    compares with the goldens
//
// Exit code: 0 fine, 1 different or unsteady, 2 a mistake in a scenario, 69 no network namespace can be made.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ScenarioError } from './oracle/error.mjs';
import { inheritedDescriptors, runElsewhere } from './oracle/processes.mjs';
import { Runner } from './oracle/runner.mjs';
import { inRange, loadScenario } from './oracle/scenario.mjs';
import { differences, formatGolden, parseTrace, readGolden } from './oracle/streams.mjs';

const HERE = fileURLToPath(import.meta.url);
const RUNS = 3;

const goldenPath = (name) => fileURLToPath(new URL(`./goldens/${name}.jsonl`, import.meta.url));

async function print(file) {
  const scenario = loadScenario(file);
  const code = await runElsewhere(scenario, [file]);
  if (code !== undefined) return code;
  const { lines, inVain } = await new Runner(scenario, inheritedDescriptors()).run();
  writeFileSync(1, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return inVain > 0 ? 1 : 0;
}

// Every run has a process of its own: nothing of one can reach the next.
function traceOf(file) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [HERE, file], { encoding: 'utf8', timeout: 60000 });
  return { status, lines: parseTrace(stdout), stderr };
}

function write(file) {
  const scenario = loadScenario(file);
  if (!inRange(process.version, scenario.node)) {
    return report(scenario.name, [`is for Node ${scenario.node}, this is ${process.version}`], 2);
  }
  const runs = Array.from({ length: RUNS }, () => traceOf(file));
  const failed = runs.find((run) => run.status !== 0);
  if (failed) {
    return report(scenario.name, [`exit code ${failed.status}`, failed.stderr, ...vain(failed.lines)], failed.status || 1);
  }
  const unsteady = runs.slice(1).flatMap((run) => differences(runs[0].lines, run.lines));
  if (unsteady.length > 0) return report(scenario.name, ['differs from run to run:', ...unsteady], 1);
  const path = goldenPath(scenario.name);
  // The order between sockets may change from run to run; do not rewrite a golden that says the same.
  if (existsSync(path)) {
    const { header, lines } = readGolden(path);
    if (header.node === process.version && differences(lines, runs[0].lines).length === 0) return 0;
  }
  mkdirSync(new URL('./goldens/', import.meta.url), { recursive: true });
  writeFileSync(path, formatGolden({ node: process.version }, runs[0].lines));
  process.stdout.write(`wrote ${scenario.name}\n`);
  return 0;
}

function check(file) {
  const scenario = loadScenario(file);
  if (!inRange(process.version, scenario.node)) {
    process.stdout.write(`skipped ${scenario.name}: for Node ${scenario.node}\n`);
    return 0;
  }
  const run = traceOf(file);
  const different = differences(readGolden(goldenPath(scenario.name)).lines, run.lines);
  if (run.status !== 0 || different.length > 0) {
    return report(scenario.name, [...different, run.stderr], run.status || 1);
  }
  process.stdout.write(`ok ${scenario.name}\n`);
  return 0;
}

const vain = (lines) => lines.filter((line) => line.inVain)
  .map((line) => `waited in vain: ${JSON.stringify(line.inVain)}`);

function report(name, texts, code) {
  process.stdout.write(`FAILED ${name}\n${texts.filter(Boolean).map((text) => `    ${text}\n`).join('')}`);
  return code;
}

async function main([option, ...files]) {
  const action = { '--write': write, '--check': check }[option];
  if (action === undefined) return option === undefined ? usage() : print(option);
  return files.reduce((worst, file) => Math.max(worst, action(file)), 0);
}

function usage() {
  process.stderr.write('usage: oracle.mjs FILE | --write FILE… | --check FILE…\n');
  return 64;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ScenarioError) && !(error instanceof SyntaxError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
