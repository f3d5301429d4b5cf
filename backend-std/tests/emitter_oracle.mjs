// Runs sequences of EventEmitter operations on Node and prints what happens: the goldens of the listener registry.
//
//     node emitter_oracle.mjs generate SEED COUNT >data/emitter-golden.txt
//     node emitter_oracle.mjs run data/emitter-golden.txt | diff data/emitter-golden.txt -
//
// The first makes COUNT random sequences, one for each pair of an operation and an operation within a listener that it
// calls, and some on monitors of errors. Where Node fails to remove what a listener has removed already, it throws a
// TypeError, which the registry does not: such a sequence is left out. The second takes the sequences from a golden and
// runs them again, on whatever Node it is run with.
//
// A sequence, as printed and as read ("=" lines are what happened, skipped when read):
//
//     sequence NAME
//     listener L: OPERATION; OPERATION       what listener L does on its first two calls (optional)
//     do OPERATION
//     = call L EVENT                         L was called ("error" when it monitors an error)
//     = call L newListener EVENT L           … with arguments; once(L) is a once-wrapper
//     = warn TEXT                            too many listeners
//     = RESULT                               of operations that have one
//
// Operations: on EVENT L, once EVENT L, prepend EVENT L, prepend_once EVENT L, off EVENT L, remove_all [EVENT],
// emit EVENT, max N, get_max, count EVENT [L], listeners EVENT, raw EVENT, names. EVENT "errorMonitor" is the symbol.
import { EventEmitter, errorMonitor } from 'node:events';
import { readFileSync } from 'node:fs';

const LISTENERS = ['a', 'b', 'c', 'd'];
const unhandled = new Error('unhandled');

const key = (text) => (text === 'errorMonitor' ? errorMonitor : text);
const text = (name) => (name === errorMonitor ? 'errorMonitor' : name);

/** An emitter that knows which event is being emitted: listeners of different events are the same functions here. */
class Socket extends EventEmitter {
  current;

  emit(event, ...values) {
    // Within an emission of "error"; by hand, `during` was called already.
    if (event === errorMonitor) return super.emit(event, ...values);
    return this.during(event, () => super.emit(event, ...values));
  }

  during(event, action) {
    const outer = this.current;
    this.current = event;
    try {
      return action();
    } finally {
      this.current = outer;
    }
  }
}

/** One sequence in execution: a socket, its listeners, and the log. */
class Run {
  socket = new Socket();
  log = [];
  listeners = new Map();
  names = new Map();
  /** Whether Node found a hole in a list that changed while it was being removed: not mirrored. */
  threw = false;

  constructor(scripts) {
    for (const name of LISTENERS) {
      let calls = 0;
      const listener = (...values) => {
        this.#say('call', name, text(this.socket.current), ...this.#told(values));
        if (calls++ < 2) for (const operation of scripts.get(name) ?? []) this.execute(operation);
      };
      this.listeners.set(name, listener);
      this.names.set(listener, name);
    }
  }

  /** Executes `steps`, the operations of a sequence; returns its lines. */
  static sequence(name, scripts, steps) {
    const run = new Run(scripts);
    const lines = [`sequence ${name}`];
    for (const [listener, operations] of scripts) lines.push(`listener ${listener}: ${operations.join('; ')}`);
    process.emitWarning = (warning) => run.#say('warn', warning.message);
    for (const step of steps) {
      run.log = [];
      run.execute(step);
      lines.push(`do ${step}`, ...run.log.map((line) => `= ${line}`));
    }
    return run.threw ? undefined : lines;
  }

  execute(operation) {
    const { socket } = this;
    const [verb, event, name] = operation.split(' ');
    const [type, listener] = [key(event), this.listeners.get(name)];
    const named = (functions) => functions.map((each) => this.#name(each));
    switch (verb) {
      case 'on': return socket.on(type, listener);
      case 'once': return socket.once(type, listener);
      case 'prepend': return socket.prependListener(type, listener);
      case 'prepend_once': return socket.prependOnceListener(type, listener);
      case 'off': return socket.off(type, listener);
      case 'max': return socket.setMaxListeners(Number(event));
      case 'remove_all': return this.#removeAll(event);
      case 'emit': return this.#say('emitted', event, this.#emit(type));
      case 'get_max': return this.#say('max', socket.getMaxListeners());
      case 'count': return this.#say('count', socket.listenerCount(...(name ? [type, listener] : [type])));
      case 'listeners': return this.#say('listeners', ...named(socket.listeners(type)));
      case 'raw': return this.#say('raw', ...named(socket.rawListeners(type)));
      case 'names': return this.#say('names', ...socket.eventNames().map(text));
      default: throw new Error(`unknown operation: ${operation}`);
    }
  }

  #emit(type) {
    try {
      const values = type === 'error' ? [unhandled] : [];
      return this.socket.during(type, () => this.socket.emit(type, ...values));
    } catch (error) {
      if (error !== unhandled) throw error;
      return 'unhandled';
    }
  }

  #removeAll(event) {
    try {
      if (event) this.socket.removeAllListeners(key(event));
      else this.socket.removeAllListeners();
    } catch (error) {
      if (error.code !== 'ERR_INVALID_ARG_TYPE') throw error;
      this.threw = true;
      this.#say('remove_all threw');
    }
  }

  /** What a meta event tells: an event and a listener. */
  #told([event, listener]) {
    return typeof listener === 'function' ? [text(event), this.#name(listener)] : [];
  }

  #name(listener) {
    return this.names.get(listener) ?? `once(${this.names.get(listener.listener)})`;
  }

  #say(...words) {
    this.log.push(words.join(' '));
  }
}

/** A small generator of repeatable choices (a linear congruential one; the high bits are used). */
class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  below(limit) {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

const VERBS = [
  ...['on', 'on', 'on', 'once', 'once', 'prepend', 'prepend_once', 'off', 'off', 'off'],
  ...['remove_all', 'emit', 'emit', 'emit', 'emit', 'max', 'count', 'names', 'raw'],
];

/** One random operation on one of `events`. */
function operation(random, events) {
  const [event, listener] = [random.pick(events), random.pick(LISTENERS)];
  const verb = random.pick(VERBS);
  switch (verb) {
    case 'max': return `max ${random.pick([0, 1, 2, 3, 'Infinity'])}`;
    case 'names': return random.pick(['names', 'get_max']);
    case 'raw': return `${random.pick(['raw', 'listeners'])} ${event}`;
    case 'emit': return `emit ${event}`;
    case 'remove_all': return random.below(3) ? `remove_all ${event}` : 'remove_all';
    case 'count': return random.below(2) ? `count ${event}` : `count ${event} ${listener}`;
    default: return `${verb} ${event} ${listener}`;
  }
}

/** The lines of one random sequence. */
function randomSequence(random, name) {
  const others = ['x', '7', '10', 'close', 'error', 'errorMonitor', 'newListener', 'removeListener'];
  const events = ['message', 'message', random.pick(others), random.pick(others)];
  if (random.below(2)) events.push('removeListener');
  if (events.includes('errorMonitor')) events.push('error', 'error');
  const scripts = new Map();
  for (const listener of LISTENERS) {
    const length = random.pick([0, 1, 1, 2]);
    if (length) scripts.set(listener, Array.from({ length }, () => operation(random, events)));
  }
  const steps = Array.from({ length: 15 }, () => operation(random, events));
  for (const event of new Set(events)) steps.push(`raw ${event}`);
  return Run.sequence(name, scripts, [...steps, 'names']);
}

/** All pairs of an operation that calls a listener, and an operation in that listener. */
function* pairs() {
  const on = ['on message d', 'once message d', 'prepend message d', 'prepend_once message d'];
  const off = ['off message b', 'off message c', 'remove_all message', 'remove_all'];
  const callers = new Map([['newListener', on], ['removeListener', off], ['message', ['emit message']]]);
  const inner = [
    ...on, ...off, 'on message b', 'prepend message b', 'prepend_once message b', 'off message a', 'emit message',
    'max 1', 'max 0', 'on x b', 'once x b', 'prepend x b', 'off x d', 'remove_all x', 'emit x', 'off newListener a',
    'off removeListener a',
  ];
  for (const [event, outer] of callers) {
    for (const first of outer) {
      for (const second of inner) {
        const setup = ['on message b', 'once message c', 'on message d', 'on message b', 'on x d'];
        const inspect = ['emit message', 'emit x', 'raw message', 'raw x', 'names', 'get_max'];
        const steps = [...setup, `prepend ${event} a`, 'max 5', first, ...inspect];
        yield [`${first} > ${second}`, new Map([['a', [second]]]), steps];
      }
    }
  }
}

/** What monitors of an error may do to those who handle it. */
function* monitors() {
  const inner = [
    ['remove_all'], ['remove_all error'], ['off error b'], ['off errorMonitor a', 'off error b'],
    ['remove_all errorMonitor', 'remove_all error'], ['off error b', 'on error c'], ['remove_all', 'on error c'],
    ['on error c'], ['prepend error c'], ['emit error'], ['emit errorMonitor'],
  ];
  for (const more of [[], ['on error c'], ['once error b'], ['on x d'], ['on removeListener d']]) {
    for (const operations of inner) {
      const steps = ['on errorMonitor a', 'on error b', ...more, 'emit error', 'emit error', 'raw error', 'names'];
      yield [`monitor, ${more[0] ?? 'alone'} > ${operations.join(', ')}`, new Map([['a', operations]]), steps];
    }
  }
}

function generate(seed, count) {
  const random = new Random(seed);
  const lines = [];
  for (const sequence of [...pairs(), ...monitors()]) lines.push(...(Run.sequence(...sequence) ?? []));
  for (let made = 0; made < count;) {
    const sequence = randomSequence(random, `random ${made + 1}`);
    if (sequence === undefined) continue;
    made += 1;
    lines.push(...sequence);
  }
  return lines;
}

function rerun(golden) {
  const lines = [];
  for (const block of golden.split(/^sequence /m).slice(1)) {
    const [name, ...rest] = block.trimEnd().split('\n');
    const scripts = new Map();
    const steps = [];
    for (const line of rest) {
      const listener = /^listener (\w): (.*)$/.exec(line);
      if (listener) scripts.set(listener[1], listener[2].split('; '));
      else if (line.startsWith('do ')) steps.push(line.slice(3));
    }
    lines.push(...(Run.sequence(name, scripts, steps) ?? [`sequence ${name}`, 'threw']));
  }
  return lines;
}

const [mode, ...rest] = process.argv.slice(2);
const lines = mode === 'generate' ? generate(Number(rest[0]), Number(rest[1])) : rerun(readFileSync(rest[0], 'utf8'));
console.log([`# Node ${process.version}`, ...lines].join('\n'));
