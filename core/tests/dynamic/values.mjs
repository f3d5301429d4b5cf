// Values in the notation of tests/conformance/README.md; "$bare" is an object without prototype, a "$callback"
// is named by its label.

import { BlockList } from 'node:net';

class Foo {}

const CLASSES = { Date, Map, Set, String, Number, Boolean, RegExp, Foo };

// A function from notation to value; functions made by it note their calls.
export function decoder(called) {
  const functions = new Map();
  const callback = (label) => {
    if (!functions.has(label)) {
      const fn = () => void called.push(label);
      functions.set(label, Object.defineProperty(fn, 'name', { value: label }));
    }
    return functions.get(label);
  };
  const entries = (value) => Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
  const special = {
    $undefined: () => undefined,
    $number: ({ $number }) => Number($number),
    $bigint: ({ $bigint }) => BigInt($bigint),
    $symbol: ({ $symbol }) => Symbol($symbol ?? undefined),
    $bytes: ({ $bytes, as }) => bytes($bytes, as ?? 'Buffer'),
    $instance: ({ $instance, of }) => new CLASSES[$instance](...(of ?? []).map(decode)),
    $callback: ({ $callback }) => callback($callback),
    $signal: () => new AbortController().signal,
    $blocklist: () => new BlockList(),
    $bare: ({ $bare }) => Object.assign(Object.create(null), entries($bare)),
  };
  function decode(value) {
    if (Array.isArray(value)) return value.map(decode);
    if (value === null || typeof value !== 'object') return value;
    const kind = Object.keys(value).find((key) => key.startsWith('$'));
    return kind ? special[kind](value) : entries(value);
  }
  return decode;
}

function bytes(text, as) {
  const source = Buffer.from(text, typeof text === 'string' ? 'utf8' : 'hex');
  if (as === 'Buffer') return source;
  if (as === 'SharedArrayBuffer') return new SharedArrayBuffer(source.length);
  const memory = source.buffer.slice(source.byteOffset, source.byteOffset + source.length);
  return as === 'ArrayBuffer' ? memory : new globalThis[as](memory);
}

export function encode(value) {
  if (typeof value === 'symbol') return { $symbol: value.description };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  return value;
}
