// Traces as streams: the lines of one socket keep their order; nothing is said about the order between sockets.

import { readFileSync } from 'node:fs';

export const parseTrace = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

// A golden is a header line and a trace.
export function readGolden(file) {
  const [header, ...lines] = parseTrace(readFileSync(file, 'utf8'));
  return { header, lines };
}

export const formatGolden = (header, lines) => [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');

export function streams(lines) {
  const result = new Map();
  for (const line of lines) {
    if (!result.has(line.socket)) result.set(line.socket, []);
    result.get(line.socket).push(JSON.stringify(line));
  }
  return result;
}

// The first difference of each socket's stream as readable text; an empty list if there is none.
export function differences(expected, actual) {
  const left = streams(expected);
  const right = streams(actual);
  const result = [];
  for (const socket of new Set([...left.keys(), ...right.keys()])) {
    const want = left.get(socket) ?? [];
    const have = right.get(socket) ?? [];
    const at = want.findIndex((line, index) => line !== have[index]);
    const first = at === -1 ? want.length : at;
    if (at === -1 && have.length === want.length) continue;
    result.push(`socket ${socket}, line ${first}:`);
    result.push(`  expected ${want[first] ?? '(nothing more)'}`);
    result.push(`  got      ${have[first] ?? '(nothing more)'}`);
  }
  return result;
}
