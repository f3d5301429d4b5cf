#!/usr/bin/env node
// The map from rows of coverage.md to scenarios.
//
//     coverage.mjs --write      fills the last column of coverage.md from the scenarios' "spec"
//     coverage.mjs --check      fails if that column is out of date, or a scenario names an unknown row
//     coverage.mjs --strict     fails too if a row has neither a scenario nor a reason
//
// Rows are written by hand: `| id | what | why none | scenarios |`. A reason stands where no scenario can be.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadScenario } from './oracle/scenario.mjs';

const TABLE = new URL('./coverage.md', import.meta.url);
const ROW = /^\| `([^`]+)` \| (.*) \| (.*) \|(.*)\|$/;

function scenariosByRow() {
  const result = new Map();
  const folder = new URL('./scenarios/', import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')).sort()) {
    const { name, spec } = loadScenario(new URL(file, folder).pathname);
    for (const id of spec) result.set(id, [...(result.get(id) ?? []), name]);
  }
  return result;
}

function main(option) {
  const scenarios = scenariosByRow();
  const problems = [];
  const seen = new Set();
  let open = 0;
  const before = readFileSync(TABLE, 'utf8');
  const after = before.split('\n').map((line) => {
    const match = ROW.exec(line);
    if (!match) return line;
    const [, id, what, why] = match;
    if (seen.has(id)) problems.push(`row ${id} occurs twice`);
    seen.add(id);
    const names = scenarios.get(id) ?? [];
    if (names.length === 0 && why.trim() === '') {
      open += 1;
      if (option === '--strict') problems.push(`row ${id} has neither scenario nor reason`);
    }
    if (names.length > 0 && why.trim() !== '') problems.push(`row ${id} has scenarios and a reason for none`);
    return `| \`${id}\` | ${what} | ${why} | ${names.join(', ')} |`;
  }).join('\n');
  for (const id of scenarios.keys()) {
    if (!seen.has(id)) problems.push(`unknown row ${id}, named by ${scenarios.get(id).join(', ')}`);
  }
  if (option === '--write') writeFileSync(TABLE, after);
  else if (after !== before) problems.push('coverage.md is out of date: run coverage.mjs --write');
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${seen.size} rows, ${open} without scenario or reason\n`);
  return problems.length > 0 ? 1 : 0;
}

if (!['--write', '--check', '--strict'].includes(process.argv[2])) {
  process.stderr.write('usage: coverage.mjs --write | --check | --strict\n');
  process.exitCode = 64;
} else {
  process.exitCode = main(process.argv[2]);
}
