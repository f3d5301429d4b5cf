// Reading and checking scenario files: what can be said about one without running it.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ScenarioError } from './error.mjs';
import { ADDRESSES, symbolsIn } from './symbols.mjs';

export const NEEDS = new Set([
  'network', 'multicast', 'broadcast', 'source-specific', 'link-local', 'several-interfaces', 'several-addresses',
  'ipv6', 'fd', 'host-names', 'buffer-sizes', 'send-backlog', 'reuse-addr', 'reuse-port', 'icmp', 'emitter', 'javascript',
  'event-loop', 'exceptions',
]);

// Anything beyond loopback happens in a private network namespace.
const NAMESPACE_NEEDS = [
  'network', 'multicast', 'broadcast', 'source-specific', 'link-local', 'several-interfaces', 'several-addresses',
];

const KEYS = new Set(['name', 'about', 'spec', 'needs', 'hosts', 'node', 'steps']);
const STEP_KINDS = [
  'create', 'call', 'get', 'wait', 'settle', 'idle', 'abort', 'blocklist', 'answer', 'mutate', 'throw',
];
const BLOCKING = new Set(['wait', 'settle', 'idle']);
export const DEFAULT_NODE = '>=20';

export function loadScenario(file) {
  const scenario = JSON.parse(readFileSync(file, 'utf8'));
  const stem = basename(file, '.json');
  const bad = (text) => { throw new ScenarioError(`${stem}: ${text}`); };
  for (const key of Object.keys(scenario)) if (!KEYS.has(key)) bad(`unknown key "${key}"`);
  if (scenario.name !== stem) bad(`name is "${scenario.name}", the file is "${stem}"`);
  if (typeof scenario.about !== 'string') bad('"about" must be a sentence');
  if (!Array.isArray(scenario.spec) || scenario.spec.length === 0) bad('"spec" must list row ids');
  if (!Array.isArray(scenario.steps)) bad('"steps" must be a list');
  scenario.needs ??= [];
  scenario.hosts ??= 1;
  scenario.node ??= DEFAULT_NODE;
  parseRange(scenario.node);
  for (const need of scenario.needs) if (!NEEDS.has(need)) bad(`unknown need "${need}"`);
  for (const symbol of symbolsIn(scenario.steps)) {
    const needs = ADDRESSES[symbol]?.needs ?? [];
    for (const need of needs) if (!scenario.needs.includes(need)) bad(`$${symbol} needs "${need}"`);
  }
  checkSteps(scenario.steps, false, bad);
  if (throws(scenario.steps) && !scenario.needs.includes('exceptions')) bad('"throw" needs "exceptions"');
  for (const { host = 0 } of scenario.steps) if (host >= scenario.hosts) bad(`there is no host ${host}`);
  return scenario;
}

function checkSteps(steps, nested, bad) {
  for (const step of steps) {
    const kind = stepKind(step) ?? bad(`not a step: ${JSON.stringify(step)}`);
    if (nested && BLOCKING.has(kind)) bad(`"${kind}" cannot stand inside a callback`);
    if (!nested && kind === 'throw') bad('"throw" only makes sense inside a callback');
    nestedSteps(step, (inner) => checkSteps(inner, true, bad));
  }
}

function throws(steps) {
  return steps.some((step) => {
    let found = Object.hasOwn(step, 'throw');
    nestedSteps(step, (inner) => { found ||= throws(inner); });
    return found;
  });
}

function nestedSteps(value, visit) {
  if (value === null || typeof value !== 'object') return;
  if (Object.hasOwn(value, '$callback') && value.steps) visit(value.steps);
  else for (const part of Object.values(value)) nestedSteps(part, visit);
}

export function stepKind(step) {
  return STEP_KINDS.find((kind) => Object.hasOwn(step, kind));
}

export const needsNamespace = (scenario) => scenario.needs.some((need) => NAMESPACE_NEEDS.includes(need));
export const needsDescriptors = (scenario) => scenario.needs.includes('fd');

// Version ranges: comparators that must all hold, such as ">=20 <26.8". Missing parts are zero.
function parseRange(range) {
  return range.split(/\s+/).map((part) => {
    const match = /^(>=|<)(\d+(?:\.\d+){0,2})$/.exec(part);
    if (!match) throw new ScenarioError(`not a version range: "${range}"`);
    return [match[1], numbers(match[2])];
  });
}

const numbers = (version) => version.replace(/^v/, '').split('.').map(Number);

export function inRange(version, range) {
  const have = numbers(version);
  return parseRange(range).every(([operator, want]) => {
    const order = [0, 1, 2].map((i) => (have[i] ?? 0) - (want[i] ?? 0)).find((d) => d !== 0) ?? 0;
    return operator === '>=' ? order >= 0 : order < 0;
  });
}
