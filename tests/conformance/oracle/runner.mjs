// Runs the steps of a scenario against this Node's dgram.

import dgram from 'node:dgram';
import events from 'node:events';
import fs from 'node:fs';
import { ScenarioError } from './error.mjs';
import { stepKind } from './scenario.mjs';
import { findFreePort, freeLabels, Symbols } from './symbols.mjs';
import { Trace } from './trace.mjs';
import { bytesOf, Values } from './values.mjs';

const EVENTS = ['listening', 'connect', 'message', 'error', 'close'];
const IDLE_TIME = 300; // milliseconds in which an idle event loop must have ended

// Calls that are not plain methods of the socket.
const SPECIAL_CALLS = {
  '@asyncDispose': (socket) => socket[Symbol.asyncDispose](),
  '@once': (socket, ...args) => events.once(socket, ...args),
};

export class Runner {
  trace = new Trace();
  symbols = new Symbols();
  values = new Values(this.symbols, this);
  #sockets = new Map(); // name -> dgram.Socket
  #labels = new Map(); // label -> scripted function
  #asked = new Map(); // label of a lookup -> questions that wait for an "answer" step
  #owners = new WeakMap(); // thrown error -> name of the socket whose listener or emission threw it

  constructor(scenario, descriptors) {
    this.scenario = scenario;
    this.descriptors = descriptors;
  }

  async run() {
    const taken = new Set();
    for (const label of freeLabels(this.scenario.steps)) {
      const port = await findFreePort(taken);
      taken.add(port);
      this.symbols.reserve(label, port);
    }
    process.on('uncaughtException', (error) => this.#uncaught(error));
    process.removeAllListeners('warning'); // the default one prints
    process.on('warning', (warning) => this.#warning(warning));
    await new Promise((resolve) => setImmediate(() => this.#steps(0, resolve)));
    return this.trace;
  }

  // Steps follow each other without a pause, in one macrotask, up to a step that waits.
  #steps(first, done) {
    const steps = [...this.scenario.steps, { settle: true }];
    for (let i = first; i < steps.length; i += 1) {
      const next = () => this.#steps(i + 1, done);
      if (this.#blocking(steps[i], next)) return;
      this.#step(steps[i]);
    }
    this.#cleanUp();
    done();
  }

  #blocking(step, next) {
    switch (stepKind(step)) {
      case 'wait': {
        const { count = 1, ...wanted } = step.wait;
        this.trace.wait(wanted, count, next);
        return true;
      }
      case 'settle':
        this.trace.settle(() => { this.#settled(); setImmediate(next); });
        return true;
      case 'idle':
        this.#idle(next);
        return true;
      default:
        return false;
    }
  }

  #settled() {
    for (const name of [...this.#sockets.keys(), null]) this.#line(name, { settled: true });
  }

  // Whether the event loop would end now. Only the sockets may keep it alive: the timer does not.
  #idle(next) {
    const finish = (idle) => {
      clearTimeout(timer);
      process.removeListener('beforeExit', ended);
      for (const name of this.#sockets.keys()) this.#line(name, { idle });
      setImmediate(next);
    };
    const ended = () => finish(true);
    const timer = setTimeout(() => finish(false), IDLE_TIME).unref();
    process.once('beforeExit', ended);
  }

  #step(step) {
    this.#learn(); // the arguments may name ports
    switch (stepKind(step)) {
      case 'create': return this.#create(step);
      case 'call': return this.#call(step);
      case 'get': return this.#line(step.socket, { get: step.get, value: this.#read(step) });
      case 'abort': return this.values.controller(step.abort).abort();
      case 'blocklist': return this.#blocklist(step);
      case 'answer': return this.#answer(step);
      case 'mutate': return this.values.named.get(step.mutate).set(bytesOf(step.bytes), step.at ?? 0);
      case 'throw': throw new Error(step.throw);
      default: throw new ScenarioError(`not a step: ${JSON.stringify(step)}`);
    }
  }

  #line(socket, fields) {
    this.trace.add({ socket, ...fields });
  }

  // Learns the ports that sockets got meanwhile, so that the next lines can name them.
  #learn() {
    for (const [name, socket] of this.#sockets) {
      try {
        this.symbols.learn(name, dgram.Socket.prototype.address.call(socket).port);
      } catch {
        // Not bound, or closed: nothing to learn.
      }
    }
  }

  encode(value) {
    this.#learn();
    return this.values.encode(value);
  }

  socket(name) {
    const socket = this.#sockets.get(name);
    if (!socket) throw new ScenarioError(`no socket "${name}"`);
    return socket;
  }

  nameOf(socket) {
    return [...this.#sockets].find(([, other]) => other === socket)?.[0] ?? null;
  }

  #read(step) {
    return this.encode(this.socket(step.socket)[step.get]);
  }

  #create(step) {
    const name = step.create;
    const args = step.args.map((arg) => this.values.decode(arg, name));
    const call = step.new ? 'new Socket' : 'createSocket';
    let socket;
    try {
      socket = step.new ? new dgram.Socket(...args) : dgram.createSocket(...args);
    } catch (error) {
      this.#line(name, { call, ...label(step), throws: this.values.error(error) });
      return;
    }
    this.#sockets.set(name, socket);
    this.#watchEmissions(name, socket);
    for (const event of step.events ?? EVENTS) this.#listen(name, socket, event);
    this.#line(name, { call, ...label(step), returns: 'socket' });
  }

  // Remembers whose emission an exception came from. Does not trace: emissions nobody listens to leave no line.
  #watchEmissions(name, socket) {
    const { emit } = socket;
    socket.emit = (...args) => this.#owned(name, () => Reflect.apply(emit, socket, args));
  }

  #owned(name, action) {
    try {
      return action();
    } catch (error) {
      if (error !== null && typeof error === 'object' && !this.#owners.has(error)) this.#owners.set(error, name);
      throw error;
    }
  }

  #listen(name, socket, event) {
    const runner = this;
    const listener = function listener(...args) {
      const self = this === socket ? {} : { this: false };
      runner.#line(name, { event, ...runner.#eventFields(event, args), ...self });
    };
    this.values.functions.set(listener, { $listener: event });
    socket.on(event, listener);
  }

  #eventFields(event, args) {
    const encoded = args.map((arg) => this.encode(arg));
    if (event === 'message' && args.length === 2 && encoded[0]?.$bytes !== undefined) {
      return { data: encoded[0].$bytes, from: encoded[1] };
    }
    if (event === 'error' && encoded.length === 1 && encoded[0]?.$error !== undefined) {
      return { error: encoded[0].$error };
    }
    return encoded.length > 0 ? { args: encoded } : {};
  }

  #call(step) {
    const name = step.socket;
    const socket = this.socket(name);
    const args = (step.args ?? []).map((arg) => this.values.decode(arg, name));
    const head = { call: step.call, ...label(step) };
    let result;
    try {
      const special = SPECIAL_CALLS[step.call];
      if (!special && !(step.call in socket)) throw new ScenarioError(`no method ${step.call}`);
      result = special ? special(socket, ...args) : socket[step.call](...args);
    } catch (error) {
      if (error instanceof ScenarioError) throw error;
      this.#learn();
      this.#line(name, { ...head, throws: this.#thrown(error) });
      return;
    }
    this.#line(name, { ...head, returns: result === socket ? 'this' : this.encode(result) });
    if (result instanceof Promise) this.#followPromise(step, result);
  }

  #thrown(error) {
    return error instanceof Error ? this.values.error(error) : this.values.encode(error);
  }

  #followPromise(step, promise) {
    const { socket, call } = step;
    promise.then(
      (value) => this.#line(socket, { resolved: call, value: this.encode(value) }),
      (error) => this.#line(socket, { rejected: call, error: this.#thrown(error) }),
    );
  }

  // One function per label, so that a later step can remove the listener it added.
  callback({ $callback: name, steps = [], times = Infinity, returns }, owner) {
    if (this.#labels.has(name)) return this.#labels.get(name);
    let runs = 0;
    const scripted = (...args) => this.#owned(owner, () => {
      this.#line(owner, { callback: name, args: args.map((arg) => this.encode(arg)) });
      runs += 1;
      if (runs <= times) for (const step of steps) this.#step(step);
      return returns;
    });
    return this.#register(name, scripted, { $callback: name });
  }

  #register(name, scripted, shown) {
    Object.defineProperty(scripted, 'name', { value: name });
    this.#labels.set(name, scripted);
    this.values.functions.set(scripted, shown);
    return scripted;
  }

  // A scripted resolver: the n-th question gets the n-th answer, further questions the last one.
  lookup({ $lookup: name, answers }, owner) {
    if (this.#labels.has(name)) return this.#labels.get(name);
    let asked = 0;
    const scripted = (...args) => {
      const shown = args.map((arg) => (typeof arg === 'function' ? 'callback' : this.encode(arg)));
      this.#line(owner, { lookup: name, args: shown });
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      this.#schedule(name, answer, args.at(-1));
    };
    return this.#register(name, scripted, { $lookup: name });
  }

  #schedule(name, answer, callback) {
    const respond = () => {
      const error = answer.error === undefined ? null : this.values.decode(answer.error);
      callback(error, ...(error ? [] : [this.values.decode(answer.address), answer.family]));
    };
    switch (answer.when ?? 'now') {
      case 'now': return respond();
      case 'deferred': return process.nextTick(respond);
      case 'never': return undefined;
      case 'answer': {
        if (!this.#asked.has(name)) this.#asked.set(name, []);
        this.#asked.get(name).push(respond);
        return undefined;
      }
      default: throw new ScenarioError(`unknown "when": ${answer.when}`);
    }
  }

  #answer({ answer, question = 0 }) {
    const [respond] = this.#asked.get(answer)?.splice(question, 1) ?? [];
    if (!respond) throw new ScenarioError(`lookup "${answer}" has no open question ${question}`);
    respond();
  }

  #blocklist({ blocklist, rules }) {
    const list = this.values.blocklist(blocklist);
    const text = (value) => this.symbols.expand(value, true);
    for (const { address, range, subnet, family = 'ipv4' } of rules) {
      if (address !== undefined) list.addAddress(text(address), family);
      if (range !== undefined) list.addRange(text(range[0]), text(range[1]), family);
      if (subnet !== undefined) list.addSubnet(text(subnet[0]), subnet[1], family);
    }
  }

  // Descriptors of sockets outside this event loop come from the parent process (see processes.mjs).
  descriptor(kind) {
    if (kind.startsWith('socket:')) return socketDescriptor(this.socket(kind.slice('socket:'.length)));
    if (kind === 'file') return fs.openSync('/dev/zero', 'r');
    if (kind === 'closed') return 1000;
    if (this.descriptors[kind] === undefined) throw new ScenarioError(`no descriptor "${kind}"`);
    return this.descriptors[kind];
  }

  #uncaught(error) {
    if (error instanceof ScenarioError) {
      process.stderr.write(`${this.scenario.name}: ${error.message}\n`);
      process.exit(2);
    }
    const only = this.#sockets.size === 1 ? this.#sockets.keys().next().value : null;
    const known = error !== null && typeof error === 'object' ? this.#owners.get(error) : undefined;
    this.#learn();
    this.#line(known ?? only, { uncaught: this.#thrown(error) });
  }

  #warning(warning) {
    const socket = this.nameOf(warning.emitter);
    if (socket !== null) this.#line(socket, { warning: { name: warning.name, message: warning.message } });
  }

  // What is open at the end is closed without a trace.
  #cleanUp() {
    this.trace.end();
    for (const socket of this.#sockets.values()) {
      socket.removeAllListeners();
      try {
        socket.close();
      } catch {
        // It was closed already.
      }
    }
  }
}

const label = (step) => (step.as === undefined ? {} : { as: step.as });

// There is no public way to a socket's descriptor; the state object behind the symbol has the handle in all versions.
export function socketDescriptor(socket) {
  const state = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'state symbol');
  return socket[state].handle.fd;
}
