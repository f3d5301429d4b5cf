// Values between JSON and JavaScript: decoding the arguments of a scenario, encoding what goes into a trace. Both
// directions use the same notation: an object with a key that starts with "$" is a special value.

import dgram from 'node:dgram';
import events from 'node:events';
import net from 'node:net';
import { ScenarioError } from './error.mjs';

const VIEWS = new Map([
  Buffer, Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array,
  Float64Array, BigInt64Array, BigUint64Array, DataView, ArrayBuffer, SharedArrayBuffer,
].map((constructor) => [constructor.name, constructor]));

const INSTANCES = { Date, Map, Set, String, Number, Boolean, RegExp, Promise: class Promise {}, Foo: class Foo {} };

// BYTES: "text", {"hex": "00ff"} or {"repeat": byte, "length": n}.
export function bytesOf(description) {
  if (typeof description === 'string') return Buffer.from(description);
  if (description.hex !== undefined) return Buffer.from(description.hex, 'hex');
  return Buffer.alloc(description.length, description.repeat);
}

export function describeBytes(buffer) {
  if (buffer.length > 32 && buffer.every((byte) => byte === buffer[0])) {
    return { repeat: buffer[0], length: buffer.length };
  }
  const text = buffer.toString('utf8');
  const printable = !/[\u0000-\u0008\u000b-\u001f\u007f\ufffd]/.test(text);
  return printable && Buffer.from(text).equals(buffer) ? text : { hex: buffer.toString('hex') };
}

function makeView({ $bytes, as = 'Buffer', padding = 0 }) {
  const constructor = VIEWS.get(as) ?? wrong(`unknown kind of bytes: ${as}`);
  const content = bytesOf($bytes);
  const memory = as === 'SharedArrayBuffer'
    ? new SharedArrayBuffer(padding + content.length) : new ArrayBuffer(padding + content.length);
  new Uint8Array(memory).set(content, padding);
  if (as.endsWith('ArrayBuffer')) return memory;
  if (as === 'Buffer') return Buffer.from(memory, padding);
  if (as === 'DataView') return new DataView(memory, padding);
  return new constructor(memory, padding, content.length / constructor.BYTES_PER_ELEMENT);
}

function wrong(text) {
  throw new ScenarioError(text);
}

export class Values {
  constructor(symbols, runner) {
    this.symbols = symbols;
    this.runner = runner;
    this.named = new Map(); // name -> value with an identity that later steps refer to
    this.functions = new Map(); // function -> how a trace names it
  }

  // `owner` is the socket whose stream gets the lines of callbacks in this value.
  decode(value, owner) {
    if (typeof value === 'string') return this.symbols.expand(value);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((part) => this.decode(part, owner));
    const key = Object.keys(value).find((name) => name.startsWith('$'));
    if (key !== undefined) return this.#special(key, value, owner);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.decode(part, owner)]));
  }

  #special(key, value, owner) {
    const content = value[key];
    switch (key) {
      case '$undefined': return undefined;
      case '$number': return Number(content);
      case '$bigint': return BigInt(content);
      case '$symbol': return content === null ? Symbol() : Symbol(content);
      case '$text': return String(this.symbols.expand(content, true));
      case '$sum': return content.reduce((sum, part) => sum + this.decode(part, owner), 0);
      case '$list': return Array.from({ length: value.length }, () => this.decode(content, owner));
      case '$bytes': return this.#once(value.name, () => makeView(value));
      case '$instance': return this.#instance(content, value.of ?? []);
      case '$error': return Object.assign(new Error(content), value.with ?? {});
      case '$callback': return this.runner.callback(value, owner);
      case '$lookup': return this.runner.lookup(value, owner);
      case '$blocklist': return this.blocklist(content);
      case '$signal': return this.controller(content).signal;
      case '$fd': return this.runner.descriptor(content);
      case '$socket': return this.runner.socket(content);
      case '$errorMonitor': return events.errorMonitor;
      default: return wrong(`unknown value ${key}`);
    }
  }

  #instance(name, args) {
    const constructor = INSTANCES[name] ?? wrong(`unknown class ${name}`);
    return new constructor(...args);
  }

  #once(name, make) {
    if (name === undefined) return make();
    if (!this.named.has(name)) this.named.set(name, make());
    return this.named.get(name);
  }

  blocklist(name) {
    return this.#once(`blocklist ${name}`, () => new net.BlockList());
  }

  controller(name) {
    return this.#once(`controller ${name}`, () => new AbortController());
  }

  encode(value) {
    switch (typeof value) {
      case 'undefined': return { $undefined: true };
      case 'string': return this.symbols.text(value);
      case 'bigint': return { $bigint: String(value) };
      case 'symbol': return value === events.errorMonitor
        ? { $errorMonitor: true } : { $symbol: value.description ?? null };
      case 'function': return this.functions.get(value) ?? { $function: 'internal' };
      case 'number': return Number.isFinite(value) && !Object.is(value, -0)
        ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
      case 'object': return value === null ? null : this.#encodeObject(value);
      default: return value;
    }
  }

  #encodeObject(value) {
    if (ArrayBuffer.isView(value) && value instanceof Uint8Array) {
      return { $bytes: describeBytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength)) };
    }
    if (value instanceof Error) return { $error: this.error(value) };
    if (value instanceof dgram.Socket) return { $socket: this.runner.nameOf(value) };
    if (value instanceof Promise) return { $promise: true };
    if (Array.isArray(value)) return value.map((part) => this.encode(part));
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return { $instance: value.constructor.name };
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, this.#member(key, part)]));
  }

  #member(key, value) {
    return key === 'port' && typeof value === 'number' ? this.symbols.port(value) : this.encode(value);
  }

  // The parts of an error that programs look at, as far as it has them.
  error(error) {
    const shape = { name: error.name };
    for (const key of ['code', 'message', 'errno', 'syscall', 'hostname', 'address', 'port', 'info']) {
      if (key in error) shape[key] = this.#member(key, error[key]);
    }
    return shape;
  }
}
