#!/usr/bin/env node
// Runs scenarios of several processes in the cluster module of a Node. README.md describes them.
//
//     oracle.mjs FILE                              prints the trace as JSON lines
//     oracle.mjs --write [--node PATH]… [NAME…]    records goldens in the first Node that fits (after three equal runs)
//     oracle.mjs --check [--node PATH]… [NAME…]    compares with the goldens, in every Node that fits
//
// Without --node, the Node that executes this file is meant; without NAME, all scenarios are.
// Exit code: 0 fine, 1 different or unsteady, 2 a mistake, 69 no network namespace can be made.

import cluster from 'node:cluster';
import { execFileSync, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { socketDescriptor } from '../oracle/runner.mjs';
import { DEFAULT_NODE, inRange } from '../oracle/scenario.mjs';
import { differences, formatGolden, parseTrace, readGolden } from '../oracle/streams.mjs';
import { Controller } from './controller.mjs';
import { work } from './worker.mjs';

const HERE = fileURLToPath(import.meta.url);
const NAMESPACE = fileURLToPath(new URL('../namespace.sh', import.meta.url));
const LENT = 'ANYDGRAM_LENT'; // says that descriptor 3 is a bound UDP socket
const NO_NAMESPACE = 69;
const TIME_LIMIT = 30000; // milliseconds for a whole scenario
const RUNS = 3;

const scenarioPath = (name) => fileURLToPath(new URL(`./scenarios/${name}.json`, import.meta.url));
const goldenPath = (name) => fileURLToPath(new URL(`./goldens/${name}.jsonl`, import.meta.url));
const load = (file) => ({ node: DEFAULT_NODE, needs: [], ...JSON.parse(readFileSync(file, 'utf8')) });

// In the namespace if it is needed, and with an inherited socket: one that this loop has opened itself cannot be adopted.
async function print(file) {
  const scenario = load(file);
  if (scenario.needs.includes('network') && process.env.ANYDGRAM_NAMESPACE !== '1') {
    const command = [process.execPath, HERE, file];
    return spawnSync(NAMESPACE, command, { stdio: 'inherit', timeout: TIME_LIMIT }).status ?? 1;
  }
  if (process.env[LENT] === undefined) {
    const lent = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(lent, 'listening');
    const { status } = spawnSync(process.execPath, [HERE, file], {
      stdio: ['ignore', 'inherit', 'inherit', socketDescriptor(lent)],
      env: { ...process.env, [LENT]: String(lent.address().port) },
      timeout: TIME_LIMIT,
    });
    lent.close();
    return status ?? 1;
  }
  const descriptors = { udp4: 3, file: openSync('/dev/zero'), closed: 1000000 };
  const controller = new Controller(descriptors, Number(process.env[LENT]));
  const { lines, inVain } = await controller.run(scenario);
  writeFileSync(1, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return inVain > 0 ? 1 : 0;
}

function traceOf(node, name) {
  const options = { encoding: 'utf8', timeout: TIME_LIMIT };
  const { status, stdout, stderr } = spawnSync(node.path, [HERE, scenarioPath(name)], options);
  return { status, lines: parseTrace(stdout), stderr };
}

function write(node, name) {
  const runs = Array.from({ length: RUNS }, () => traceOf(node, name));
  const failed = runs.find(({ status }) => status !== 0);
  if (failed) return report(name, [JSON.stringify(failed.lines.at(-1)), failed.stderr], failed.status || 1);
  const unsteady = runs.slice(1).flatMap((run) => differences(runs[0].lines, run.lines));
  if (unsteady.length > 0) return report(name, ['differs from run to run:', ...unsteady], 1);
  writeFileSync(goldenPath(name), formatGolden({ node: node.version }, runs[0].lines));
  process.stdout.write(`wrote ${name}\n`);
  return 0;
}

function check(node, name) {
  const run = traceOf(node, name);
  if (run.status === NO_NAMESPACE && process.env.CI !== 'true') {
    process.stdout.write(`SKIPPED ${name}: ${run.stderr}`);
    return 0;
  }
  const different = differences(readGolden(goldenPath(name)).lines, run.lines);
  if (run.status !== 0 || different.length > 0) return report(name, [...different, run.stderr], run.status || 1);
  process.stdout.write(`ok ${name} in ${node.version}\n`);
  return 0;
}

function report(name, texts, code) {
  process.stdout.write(`FAILED ${name}\n${texts.filter(Boolean).map((text) => `    ${text}\n`).join('')}`);
  return code;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean' }, write: { type: 'boolean' }, node: { type: 'string', multiple: true } },
  });
  if (!values.check && !values.write) return print(positionals[0]);
  const nodes = (values.node ?? [process.execPath])
    .map((path) => ({ path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() }));
  const files = readdirSync(fileURLToPath(new URL('./scenarios/', import.meta.url))).sort();
  const names = positionals.length > 0 ? positionals : files.map((file) => file.replace(/\.json$/, ''));
  let worst = 0;
  for (const name of names) {
    const fitting = nodes.filter(({ version }) => inRange(version, load(scenarioPath(name)).node));
    if (values.write && fitting.length === 0) worst = Math.max(worst, report(name, ['no Node given that fits'], 2));
    const chosen = values.write ? fitting.slice(0, 1) : fitting;
    for (const node of chosen) worst = Math.max(worst, (values.write ? write : check)(node, name));
  }
  return worst;
}

if (cluster.isWorker) work();
else process.exit(await main());
