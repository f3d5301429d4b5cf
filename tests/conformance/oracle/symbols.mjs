// Symbolic addresses and ports: what a scenario says instead of values that depend on the environment, and how real
// values in a trace become symbols again.

import dgram from 'node:dgram';
import { ScenarioError } from './error.mjs';

// The values belong to namespace.sh (and to nothing else); other backends configure their hosts alike or substitute
// their own. `needs` is what a scenario must declare to use the symbol.
export const ADDRESSES = {
  'loopback': { value: '127.0.0.1', needs: [] },
  'loopback2': { value: '127.0.0.2', needs: [] },
  'loopback6': { value: '::1', needs: ['ipv6'] },
  'host0': { value: '192.0.2.10', needs: ['network'] },
  'host1': { value: '192.0.2.11', needs: ['network'] },
  'second0': { value: '198.51.100.10', needs: ['network', 'several-interfaces'] },
  'host0-6': { value: '2001:db8::10', needs: ['network', 'ipv6'] },
  'host1-6': { value: '2001:db8::11', needs: ['network', 'ipv6'] },
  'second0-6': { value: '2001:db8:1::10', needs: ['network', 'ipv6', 'several-interfaces'] },
  'link-local0': { value: 'fe80::10', needs: ['ipv6'] },
  'link-local1': { value: 'fe80::11', needs: ['ipv6', 'link-local'] },
  'second-link-local0': { value: 'fe80::20', needs: ['ipv6', 'link-local', 'several-interfaces'] },
  'group': { value: '239.255.0.1', needs: ['multicast'] },
  'group2': { value: '239.255.0.2', needs: ['multicast'] },
  'group6': { value: 'ff15::1:1', needs: ['multicast', 'ipv6'] },
  'group6-2': { value: 'ff15::1:2', needs: ['multicast', 'ipv6'] },
  'source-group': { value: '232.1.1.1', needs: ['source-specific'] },
  'source-group6': { value: 'ff3e::8000:1', needs: ['source-specific', 'ipv6'] },
  'broadcast': { value: '192.0.2.255', needs: ['broadcast'] },
  'broadcast-all': { value: '255.255.255.255', needs: ['broadcast'] },
  'unused': { value: '192.0.2.99', needs: [] },
  'unused6': { value: '2001:db8::99', needs: ['ipv6'] },
  'unreachable': { value: '203.0.113.1', needs: ['network'] },
  'interface': { value: 'any0', needs: [] },
  'interface2': { value: 'any1', needs: ['several-interfaces'] },
  'no-interface': { value: 'none9', needs: [] },
  'name': { value: 'localhost', needs: ['host-names'] },
  // Refused by the resolver library itself, without asking any server, so that it fails alike with and without a network.
  'no-name': { value: 'no..such..name', needs: ['host-names'] },
};

const SYMBOL = /\$\$|\$([a-z][a-z0-9-]*)(?::([A-Za-z][A-Za-z0-9_-]*))?/g;

// Every address symbol that occurs anywhere in a piece of a scenario.
export function symbolsIn(value, found = new Set()) {
  if (typeof value === 'string') {
    for (const match of value.matchAll(SYMBOL)) if (match[1]) found.add(match[1]);
  } else if (value !== null && typeof value === 'object') {
    for (const part of Object.values(value)) symbolsIn(part, found);
  }
  return found;
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// An address inside a message must not be mistaken for a piece of a longer one; ":port" may follow it.
function pattern(value) {
  if (value.includes(':')) return `(?<![\\w:.])${escape(value)}(?![\\w.]|:(?!\\d+(?:\\D|$)))`;
  if (/^[\d.]+$/.test(value)) return `(?<![\\d.])${escape(value)}(?!\\.?\\d)`;
  return `\\b${escape(value)}\\b`;
}

const REVERSE = Object.entries(ADDRESSES)
  .sort(([, a], [, b]) => b.value.length - a.value.length)
  .map(([name, { value }]) => [new RegExp(pattern(value), 'g'), () => `$${name}`]);

export class Symbols {
  #ports = new Map(); // real port -> symbol without "$"
  #bySocket = new Map(); // socket name -> its ports, oldest first
  #free = new Map(); // label of "$free:label" -> port

  // A socket was seen on this port.
  learn(socket, port) {
    if (!port) return;
    const ports = this.#bySocket.get(socket) ?? [];
    if (ports.at(-1) === port) return;
    ports.push(port);
    this.#bySocket.set(socket, ports);
    const suffix = ports.length > 1 ? `:${ports.length}` : '';
    if (!this.#ports.has(port)) this.#ports.set(port, `port:${socket}${suffix}`);
  }

  reserve(label, port) {
    this.#free.set(label, port);
    this.#ports.set(port, `free:${label}`);
  }

  // "$port:a" alone is a number; inside a longer string, or with asText, it is digits.
  expand(text, asText = false) {
    const alone = /^\$(port|free):/.test(text) && !asText && text.match(SYMBOL)[0] === text;
    const result = text.replace(SYMBOL, (whole, name, label) => {
      if (whole === '$$') return '$';
      if (name === 'port') return this.#port(label);
      if (name === 'free') return this.#freePort(label);
      if (label !== undefined) throw new ScenarioError(`unknown symbol ${whole}`);
      return (ADDRESSES[name] ?? unknown(whole)).value;
    });
    return alone ? Number(result) : result;
  }

  #port(socket) {
    return this.#bySocket.get(socket)?.at(-1)
      ?? unknown(`$port:${socket} (no port of this socket is known yet)`);
  }

  #freePort(label) {
    return this.#free.get(label) ?? unknown(`$free:${label}`);
  }

  port(number) {
    const symbol = this.#ports.get(number);
    return symbol === undefined ? number : `$${symbol}`;
  }

  text(text) {
    let result = text.replaceAll('$', '$$$$');
    for (const [regexp, symbol] of REVERSE) result = result.replace(regexp, symbol);
    return result.replace(/(?<![\w.])\d{2,5}(?![\w.]*\w)/g, (digits) => String(this.port(Number(digits))));
  }
}

function unknown(what) {
  throw new ScenarioError(`unknown symbol ${what}`);
}

// Finds a UDP port that nobody uses, below the ephemeral range so that nobody gets it by chance either.
export async function findFreePort(taken) {
  const start = 20000 + (process.pid * 37) % 10000;
  for (let i = 0; i < 1000; i += 1) {
    const port = 20000 + (start - 20000 + i) % 10000;
    if (!taken.has(port) && await isFree(port)) return port;
  }
  throw new ScenarioError('no free port found');
}

async function isFree(port) {
  for (const type of ['udp4', 'udp6']) {
    const code = await new Promise((resolve) => {
      const probe = dgram.createSocket({ type, ipv6Only: type === 'udp6' });
      probe.on('error', (error) => { probe.close(); resolve(error.code); });
      probe.bind(port, () => probe.close(() => resolve(null)));
    });
    if (code === 'EADDRINUSE') return false;
  }
  return true;
}

// The labels of all "$free:label" in a scenario.
export function freeLabels(value, found = new Set()) {
  if (typeof value === 'string') {
    for (const match of value.matchAll(SYMBOL)) if (match[1] === 'free') found.add(match[2]);
  } else if (value !== null && typeof value === 'object') {
    for (const part of Object.values(value)) freeLabels(part, found);
  }
  return found;
}
