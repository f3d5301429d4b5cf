#!/usr/bin/env node
// Records or compares the goldens of many scenarios.
//
//     goldens.mjs --check [--sample N] [--node PATH]… [NAME…]
//     goldens.mjs --write [--node PATH]… [NAME…]
//
// --check runs every scenario whose version range holds for a given Node in that Node, and compares; --sample takes N
// of them, always the same ones. --write records each scenario in the first given Node that is in its range: name the
// reference (25.8.1) first. Without --node, the Node that executes this file is meant.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ScenarioError } from './oracle/error.mjs';
import { inRange, loadScenario } from './oracle/scenario.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const AT_ONCE = 4;
const TIME_LIMIT = 240000;

function stems(folder, ending) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length)).sort();
}

function sample(jobs, count) {
  if (count === undefined || count >= jobs.length) return jobs;
  return Array.from({ length: count }, (_, index) => jobs[Math.floor((index * jobs.length) / count)]);
}

function run({ node, name }, option) {
  return new Promise((resolve) => {
    const args = [here('./oracle.mjs'), option, here(`./scenarios/${name}.json`)];
    execFile(node.path, args, { timeout: TIME_LIMIT }, (error, stdout, stderr) => {
      const ok = error === null;
      const text = `${stdout}${stderr}` || (ok ? '' : `FAILED ${name}: ${error.message}\n`);
      resolve({ ok, text });
    });
  });
}

// Runs all jobs, a few at a time, and prints what they say in the order of the jobs.
async function runAll(jobs, option) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < jobs.length) {
      const index = next;
      next += 1;
      results[index] = await run(jobs[index], option);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const { text } of results) process.stdout.write(text);
  return results.filter(({ ok }) => !ok).length;
}

function plan(names, nodes, write) {
  return names.flatMap((name) => {
    const scenario = loadScenario(here(`./scenarios/${name}.json`));
    const fitting = nodes.filter((node) => inRange(node.version, scenario.node));
    if (write && fitting.length === 0) throw new ScenarioError(`${name}: no Node given for ${scenario.node}`);
    return (write ? fitting.slice(0, 1) : fitting).map((node) => ({ node, name }));
  });
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      check: { type: 'boolean' }, write: { type: 'boolean' }, sample: { type: 'string' },
      node: { type: 'string', multiple: true },
    },
  });
  if (values.check === values.write) throw new ScenarioError('say --check or --write');
  const nodes = (values.node ?? [process.execPath])
    .map((path) => ({ path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() }));
  const all = stems(here('./scenarios/'), '.json');
  const stale = stems(here('./goldens/'), '.jsonl').filter((name) => !all.includes(name));
  for (const name of stale) process.stdout.write(`FAILED ${name}: a golden without a scenario\n`);
  const count = values.sample === undefined ? undefined : Number(values.sample);
  const jobs = sample(plan(positionals.length > 0 ? positionals : all, nodes, values.write), count);
  const failed = await runAll(jobs, values.write ? '--write' : '--check');
  process.stdout.write(`${jobs.length - failed} of ${jobs.length} fine\n`);
  return failed + stale.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ScenarioError)) throw error;
  process.stderr.write(`goldens.mjs: ${error.message}\n`);
  process.exitCode = 2;
}
