#!/usr/bin/env node
// Records what Node makes of the arguments of dgram's methods, for dynamic.rs.
//
//     node dynamic_oracle.mjs           compares with the table of this Node's major version
//     node dynamic_oracle.mjs --write   records it
//
// Node 25 gives data/dynamic-golden.jsonl, Node 26 gives data/dynamic-golden-26.jsonl with the calls that are
// new in it. Each row is a call on a fresh socket in some state, its arguments in the notation of
// tests/conformance/README.md, and what it threw or how it understood the arguments. Nothing is sent: the
// handle below the socket is watched, and only binds on loopback and setters reach the system.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rows26, rows25 } from './dynamic/rows.mjs';
import { decoder, encode } from './dynamic/values.mjs';

const require = createRequire(import.meta.url);
const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');

const MAJOR = Number.parseInt(process.versions.node, 10);
const SYNC = MAJOR >= 26;
const FILE = fileURLToPath(new URL(`./data/dynamic-golden${SYNC ? `-${MAJOR}` : ''}.jsonl`, import.meta.url));

// What the watched parts have seen during the call.
let seen = {};
let hold = false;

// The default resolver, but it answers before it returns, or never. What is no name, Node's own refuses.
const ownLookup = dns.lookup;
dns.lookup = (host, family, callback) => {
  if (host && typeof host !== 'string') return ownLookup(host, family, callback);
  seen.address = host;
  if (!hold) callback(null, '127.0.0.1', 4);
};

const internals = (socket) => {
  const symbol = Object.getOwnPropertySymbols(socket).find((key) => key.description === 'state symbol');
  return socket[symbol];
};

const STATES = {
  unbound() {},
  binding: (socket) => withHold(() => socket.bind(0, '127.0.0.1')),
  bound: (socket) => (SYNC ? socket.bindSync({ address: '127.0.0.1' }) : socket.bind(0, '127.0.0.1')),
  connecting(socket) {
    STATES.bound(socket);
    withHold(() => socket.connect(9, '127.0.0.1'));
  },
  connected(socket) {
    STATES.bound(socket);
    if (SYNC) socket.connectSync(9, '127.0.0.1');
    else socket.connect(9, '127.0.0.1');
  },
  closed: (socket) => socket.close(),
  'closed-bound': (socket) => closeAfter('bound', socket),
  'closed-connected': (socket) => closeAfter('connected', socket),
};

function withHold(step) {
  hold = true;
  step();
  hold = false;
}

function closeAfter(state, socket) {
  STATES[state](socket);
  socket.close();
}

// Binds for real: the kernel shows which port the engine has made of the argument.
function watchBind(handle) {
  for (const name of ['bind', 'bind6']) {
    const own = handle[name];
    handle[name] = (ip, port, flags) => {
      const failure = own.call(handle, ip, port, flags);
      const local = {};
      handle.getsockname(local);
      seen.port = (port >>> 0) & 0xffff;
      if (failure === 0 && local.port !== seen.port) {
        assert(local.port > 1023, `${port} became ${local.port}`);
        seen.port = 0;
      }
      return failure;
    };
  }
}

function watch(handle) {
  watchBind(handle);
  handle.connect = (ip, port) => {
    seen.port = port;
    return 0;
  };
  handle.send = (request, list, count, ...rest) => {
    assert.equal(list.length, count);
    seen.pieces = list.map((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('hex'));
    seen.port = rest.length === 3 ? rest[0] : null;
    seen.callback = request.callback?.name ?? null;
    return 1;
  };
  for (const name of ['addMembership', 'dropMembership']) watchMembership(handle, name, 1);
  for (const name of ['addSourceSpecificMembership', 'dropSourceSpecificMembership']) watchMembership(handle, name, 2);
  for (const name of ['setTTL', 'setMulticastTTL']) {
    const own = handle[name];
    handle[name] = (value) => {
      const failure = own.call(handle, value);
      seen.fits = failure === 0;
      return 0;
    };
  }
  for (const name of ['setBroadcast', 'setMulticastLoopback']) handle[name] = (on) => (seen.on = on === 1, 0);
  handle.setMulticastInterface = (text) => (seen.interface = text, 0);
  handle.bufferSize = (size) => (seen.size = size, 0);
}

// Only calls that cannot succeed reach the system.
function watchMembership(handle, name, texts) {
  const own = handle[name];
  handle[name] = (...args) => {
    const [group, from] = args.slice(texts - 1);
    const text = textOf(group);
    const isOdd = from !== undefined && from !== null && typeof from !== 'string';
    if (isOdd || net.isIP(text ?? '') === 0) {
      const failure = own.apply(handle, args);
      assert(failure < 0 || failure === undefined);
    }
    if (texts === 2) seen.source = args[0];
    if (text !== undefined) seen.group = text;
    if (from === undefined || from === null) seen.interface = null;
    else if (textOf(from) !== undefined) seen.interface = textOf(from);
    return 0;
  };
}

// The text of a value; not of those that only the language can know.
function textOf(value) {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if ([Date, Map, RegExp].some((type) => value instanceof type)) return undefined;
  try {
    return String(value);
  } catch {
    return undefined;
  }
}

const nameOf = (listener) => listener?.name ?? null;

// What else shows how the arguments were understood.
const OBSERVE = {
  bind: (socket, called) => ({ adopts: false, callback: called[0] ?? null }),
  bindSync: () => ({}),
  connect: (socket) => (internals(socket).queue ? {} : { callback: nameOf(socket.listeners('connect')[0]) }),
  close: (socket) => ({ callback: nameOf(socket.listeners('close')[0]) }),
  setMaxListeners: (socket) => ({ count: encode(socket.getMaxListeners()) }),
  on: observeListener,
  once: observeListener,
  addListener: observeListener,
  prependListener: observeListener,
  prependOnceListener: observeListener,
};

function observeListener(socket, called, [given]) {
  const event = socket.eventNames().at(-1);
  const listener = nameOf(socket.listeners(event)[0]);
  return typeof event === 'symbol' || textOf(given) !== undefined ? { event: encode(event), listener } : { listener };
}

function create(args, called) {
  const socket = dgram.createSocket(...args);
  const state = internals(socket);
  const understood = {
    type: socket.type,
    listener: nameOf(socket.listeners('message')[0]),
    reuseAddr: Boolean(state.reuseAddr),
    reusePort: Boolean(state.reusePort),
    ipv6Only: Boolean(state.ipv6Only),
    recvBufferSize: state.recvBufferSize || 0,
    sendBufferSize: state.sendBufferSize || 0,
    receiveBlockList: Boolean(state.receiveBlockList),
    sendBlockList: Boolean(state.sendBlockList),
    aborted: state.handle === null,
  };
  if (!understood.aborted) {
    called.length = 0;
    withHold(() => socket.bind(0));
    understood.lookup = called[0] ?? null;
    socket.close();
  }
  return understood;
}

function addRule(call, args) {
  const list = new net.BlockList();
  list[call](...args);
  return { rule: list.rules[0] };
}

function callSocket({ call, state }, args, called) {
  const socket = dgram.createSocket('udp4');
  try {
    STATES[state](socket);
    const { handle } = internals(socket);
    if (handle) watch(handle);
    seen = {};
    called.length = 0;
    socket[call](...args);
    return { ...seen, ...OBSERVE[call]?.(socket, called, args) };
  } finally {
    socket.removeAllListeners().on('error', () => {});
    if (internals(socket).handle) socket.close();
  }
}

function understood(row, args, called) {
  if (row.call === 'createSocket') return create(args, called);
  if (row.state === undefined) return addRule(row.call, args);
  return callSocket(row, args, called);
}

function run(row) {
  const called = [];
  const args = row.args.map(decoder(called));
  try {
    return { accepts: understood(row, args, called) };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    if (error.code === 'ERR_INVALID_FD_TYPE') return { accepts: { adopts: true } };
    if (error.errno !== undefined) return { accepts: {} };
    const { name, code, message } = error;
    return { throws: { class: name, code: code ?? null, message: message.toWellFormed() } };
  }
}

process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(2);
});

const lines = [JSON.stringify({ node: process.version })];
const known = new Set();
for (const row of SYNC ? rows26() : rows25()) {
  const key = JSON.stringify(row);
  if (known.has(key)) continue;
  known.add(key);
  lines.push(JSON.stringify({ ...row, ...run(row) }));
  if (lines.length % 50 === 0) await new Promise(setImmediate);
}
const text = `${lines.join('\n')}\n`;
if (process.argv.includes('--write')) writeFileSync(FILE, text);
else assert.equal(readFileSync(FILE, 'utf8'), text, 'the table differs');
console.log(`${lines.length - 1} rows`);
process.exit();
